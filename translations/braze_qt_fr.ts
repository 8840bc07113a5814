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
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>Aucun événement depuis le démarrage</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Événements depuis le démarrage</translation>
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
