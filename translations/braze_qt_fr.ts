<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>EventModel</name>
    <message>
        <source>Time</source>
        <translation>Heure</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Événement</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Utilisateur</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Session</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Envoi</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anonyme</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>En attente de la prochaine session</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>Début de session</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>Fin de session</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>Achat de {}</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>Alias dans {}</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>Indicateur de fonctionnalité {}</translation>
    </message>
    <message>
        <source>Content cards seen</source>
        <translation>Cartes de contenu vues</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>Cartes de contrôle non affichées</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>Carte de contenu {} cliquée</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>Carte de contenu {} ignorée</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>Groupe d’abonnement {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>Attribut {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Enregistré</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Envoi en cours</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Confirmé</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Mis de côté</translation>
    </message>
</context>
<context>
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>Filtre</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>Filtre des événements et des requêtes</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>Afficher les données &amp;personnelles</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>Identifiants d’utilisateur, alias, attributs standard et lieux</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>Tout &amp;copier</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>Sous forme de texte pour un rapport de bogue, sans données personnelles</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>Événements ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Événements depuis le démarrage</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>Contenu de l’événement sélectionné</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>Aucun événement depuis le démarrage</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>Requêtes ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>Dernières requêtes</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>La requête sélectionnée et sa réponse</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>Aucune requête depuis l’ouverture de l’inspecteur</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>au premier plan</translation>
    </message>
    <message>
        <source>away</source>
        <translation>absent</translation>
    </message>
    <message>
        <source>custom event</source>
        <translation>événement personnalisé</translation>
    </message>
    <message numerus="yes">
        <source>Time line of this run: %n session(s)</source>
        <translation>
            <numerusform>Chronologie depuis le démarrage : %n session</numerusform>
            <numerusform>Chronologie depuis le démarrage : %n sessions</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>Aucune session depuis le démarrage</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>Rien ne correspond au filtre</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>un autre processus de l’application écrit</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>le disque n’accepte rien</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>braze_qt n’est pas installé : BrazeQt.install() n’a pas été appelé, ou shutdown() l’a été.</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>BRAZE_QT_DISABLED est définie : rien n’est enregistré ni envoyé.</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>braze_qt a été arrêté : il n’accepte plus rien.</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>Le consentement manque : rien n’est enregistré ni envoyé avant setEnabled(True).</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>L’envoi est suspendu par setOutboundNetworkRequestsOffline(True).</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>Dans le journal, pas dans la base de données, car : {}.</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>Cet utilisateur n’a pas de signature : fournissez-la par setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>Pas encore de session : aucune fenêtre de l’application n’a eu le focus.</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>Pas encore de session : l’application n’a pas appelé openSession().</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>Aucune session ouverte : ce qui en attend une part avec la suivante.</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>Une requête est en cours.</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>Attend la prochaine requête.</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>En mémoire seulement, car : {}.</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>Tout est arrivé.</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>Rien à envoyer pour l’instant.</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>Le nom du serveur ou de son proxy est introuvable : vérifiez le réseau et le point de terminaison.</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>Le serveur est injoignable : vérifiez le réseau, le pare-feu et le point de terminaison avec son port.</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>Le proxy refuse : vérifiez son adresse, l’utilisateur et le mot de passe.</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>Le certificat n’est pas approuvé : un proxy ou un antivirus inspecte TLS, ou l’horloge est fausse.</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>Pas de TLS à cet endroit : un pare-feu, un proxy ou un mauvais port.</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>Un autre serveur répond : une page de connexion du réseau, ou le point de terminaison est faux.</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>Le fichier que désigne REQUESTS_CA_BUNDLE ou CURL_CA_BUNDLE n’existe pas.</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>Pas de réponse, ou pas à temps : vérifiez le point de terminaison et son port.</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>Le serveur n’accepte pas de requêtes maintenant : un nouvel essai suivra.</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>La clé est refusée : prenez la clé d’API SDK de l’application et le point de terminaison de son cluster.</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>La signature est refusée : fournissez-en une nouvelle par setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>Les événements sont refusés : voyez la réponse à la dernière requête.</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>Session {} au premier plan</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>Session {} en arrière-plan</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>Aucune session</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n en attente</numerusform>
            <numerusform>%n en attente</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lost</source>
        <translation>
            <numerusform>%n perdu</numerusform>
            <numerusform>%n perdus</numerusform>
        </translation>
    </message>
    <message>
        <source>next try at {}</source>
        <translation>prochain essai à {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… et %n caractère de plus</numerusform>
            <numerusform>… et %n caractères de plus</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>Tel qu’envoyé à {}</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>Le contenu n’a pas été conservé : l’inspecteur a été ouvert plus tard.</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>Tel qu’enregistré</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>Tel qu’enregistré, pas encore envoyé</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>Le corps n’est plus conservé.</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>La réponse est attendue.</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{} après {} ms</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… et %n octet de plus</numerusform>
            <numerusform>… et %n octets de plus</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>en arrière-plan</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anonyme</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>Heure</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Événements</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>Réponse</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>En cours</translation>
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
        <translation>Paramètres de session</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>&amp;Délai d’expiration de la session</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>La session se termine lorsque l’application est restée aussi longtemps en arrière-plan.</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>Délai d’expiration de la session en secondes</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>&amp;Rétablir la valeur par défaut</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>Revenir à %n seconde</numerusform>
            <numerusform>Revenir à %n secondes</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Fermer</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <comment>behind the number</comment>
        <translation>
            <numerusform> seconde</numerusform>
            <numerusform> secondes</numerusform>
        </translation>
    </message>
</context>
</TS>
