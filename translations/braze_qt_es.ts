<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>EventModel</name>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>Evento</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Usuario</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sesión</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Entrega</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anónimo</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>A la espera de la próxima sesión</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>Comienzo de la sesión</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>Fin de la sesión</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>Compra de {}</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>Alias en {}</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Ubicación</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>Indicador de función {}</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>Grupo de suscripción {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>Atributo {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Guardado</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Enviando</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>Confirmado</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Apartado</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>Aún no hay eventos en esta ejecución</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Eventos de esta ejecución</translation>
    </message>
</context>
<context>
    <name>SessionSettingsDialog</name>
    <message>
        <source>Session Settings</source>
        <translation>Ajustes de la sesión</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>&amp;Tiempo de espera de la sesión</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>La sesión termina cuando la aplicación ha estado este tiempo en segundo plano.</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>Tiempo de espera de la sesión en segundos</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>&amp;Restaurar valor predeterminado</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>Volver a %n segundo</numerusform>
            <numerusform>Volver a %n segundos</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Cerrar</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <comment>behind the number</comment>
        <translation>
            <numerusform> segundo</numerusform>
            <numerusform> segundos</numerusform>
        </translation>
    </message>
</context>
</TS>
