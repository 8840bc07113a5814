<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>EventModel</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Ereignis</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Nutzer</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Zustellung</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anonym</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>Wartet auf die nächste Sitzung</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>Sitzungsbeginn</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>Sitzungsende</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>Kauf von {}</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>Alias in {}</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Standort</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>Feature-Flag {}</translation>
    </message>
    <message>
        <source>Content cards seen</source>
        <translation>Content-Karten gesehen</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>Kontrollkarten nicht gezeigt</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>Content-Karte {} angeklickt</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>Content-Karte {} ausgeblendet</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>Abonnementgruppe {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>Attribut {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Wird gesendet</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Bestätigt</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Beiseitegelegt</translation>
    </message>
</context>
<context>
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>Filter für Ereignisse und Anfragen</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>&amp;Persönliche Daten zeigen</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>Nutzerkennungen, Aliasse, Standardattribute und Orte</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>Alles &amp;kopieren</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>Als Text für einen Fehlerbericht, ohne persönliche Daten</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>Ereignisse ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Ereignisse dieses Programmlaufs</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>Inhalt des gewählten Ereignisses</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>In diesem Programmlauf noch kein Ereignis</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>Anfragen ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>Letzte Anfragen</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>Die gewählte Anfrage und ihre Antwort</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>Keine Anfrage, seit der Inspektor geöffnet wurde</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>im Vordergrund</translation>
    </message>
    <message>
        <source>away</source>
        <translation>abwesend</translation>
    </message>
    <message>
        <source>custom event</source>
        <translation>eigenes Ereignis</translation>
    </message>
    <message numerus="yes">
        <source>Time line of this run: %n session(s)</source>
        <translation>
            <numerusform>Zeitleiste dieses Programmlaufs: %n Sitzung</numerusform>
            <numerusform>Zeitleiste dieses Programmlaufs: %n Sitzungen</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>In diesem Programmlauf noch keine Sitzung</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>Nichts passt zum Filter</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>ein anderer Prozess der Anwendung schreibt</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>der Datenträger nimmt nichts an</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>braze_qt ist nicht installiert: BrazeQt.install() wurde nicht aufgerufen, oder shutdown() wurde es.</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>BRAZE_QT_DISABLED ist gesetzt: Nichts wird gespeichert oder gesendet.</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>braze_qt wurde beendet: Es nimmt nichts mehr an.</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>Die Einwilligung fehlt: Bis setEnabled(True) wird nichts gespeichert oder gesendet.</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>Das Senden ist durch setOutboundNetworkRequestsOffline(True) angehalten.</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>Im Journal, nicht in der Datenbank, weil: {}.</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>Dieser Nutzer hat keine Signatur: setSdkAuthenticationSignature() gibt eine an.</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>Noch keine Sitzung: Kein Fenster der Anwendung hatte bisher den Fokus.</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>Noch keine Sitzung: Die Anwendung hat openSession() nicht aufgerufen.</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>Keine Sitzung ist offen: Was auf eine wartet, wird mit der nächsten gesendet.</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>Eine Anfrage ist unterwegs.</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>Wartet auf die nächste Anfrage.</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>Nur im Speicher, weil: {}.</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>Alles ist angekommen.</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>Noch nichts zu senden.</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>Der Name des Servers oder seines Proxys wird nicht gefunden: Netz und Endpunkt prüfen.</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>Der Server ist nicht erreichbar: Netz, Firewall und den Endpunkt mit Port prüfen.</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>Der Proxy lehnt ab: Adresse, Nutzer und Passwort prüfen.</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>Dem Zertifikat wird nicht vertraut: Ein Proxy oder Virenscanner prüft TLS, oder die Uhr geht falsch.</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>Dort kein TLS: eine Firewall, ein Proxy oder ein falscher Port.</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>Ein anderer Server antwortet: eine Anmeldeseite des Netzes, oder der Endpunkt ist falsch.</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>Die Datei, die REQUESTS_CA_BUNDLE oder CURL_CA_BUNDLE nennt, gibt es nicht.</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>Keine Antwort, oder nicht rechtzeitig: Endpunkt und Port prüfen.</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>Der Server nimmt jetzt keine Anfragen an: Es wird wieder versucht.</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>Der Schlüssel wird abgelehnt: den SDK-API-Schlüssel der Anwendung und den Endpunkt ihres Clusters nehmen.</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>Die Signatur wird abgelehnt: setSdkAuthenticationSignature() gibt eine neue an.</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>Die Ereignisse werden abgelehnt: siehe die Antwort auf die letzte Anfrage.</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>Sitzung {} im Vordergrund</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>Sitzung {} im Hintergrund</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>Keine Sitzung</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n wartet</numerusform>
            <numerusform>%n warten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lost</source>
        <translation>
            <numerusform>%n verloren</numerusform>
            <numerusform>%n verloren</numerusform>
        </translation>
    </message>
    <message>
        <source>next try at {}</source>
        <translation>nächster Versuch um {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… und %n weiteres Zeichen</numerusform>
            <numerusform>… und %n weitere Zeichen</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>Wie gesendet um {}</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>Der Inhalt wurde nicht behalten: Der Inspektor wurde später geöffnet.</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>Wie gespeichert</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>Wie gespeichert, noch nicht gesendet</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>Der Inhalt ist nicht mehr vorhanden.</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>Die Antwort steht aus.</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{} nach {} ms</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… und %n weiteres Byte</numerusform>
            <numerusform>… und %n weitere Bytes</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>im Hintergrund</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anonym</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>Unterwegs</translation>
    </message>
    <message>
        <source>{} ms</source>
        <translation>{} ms</translation>
    </message>
</context>
<context>
    <name>SessionSettingsDialog</name>
    <message>
        <source>Session Settings</source>
        <translation>Sitzungseinstellungen</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>&amp;Zeitlimit der Sitzung</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>Die Sitzung endet, wenn die Anwendung so lange im Hintergrund war.</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>Zeitlimit der Sitzung in Sekunden</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>Standard &amp;wiederherstellen</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>Zurück auf %n Sekunde</numerusform>
            <numerusform>Zurück auf %n Sekunden</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Schließen</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <comment>behind the number</comment>
        <translation>
            <numerusform> Sekunde</numerusform>
            <numerusform> Sekunden</numerusform>
        </translation>
    </message>
</context>
</TS>
