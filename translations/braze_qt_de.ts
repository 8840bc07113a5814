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
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>In diesem Programmlauf noch kein Ereignis</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Ereignisse dieses Programmlaufs</translation>
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
