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
        <source>Content cards seen</source>
        <translation>Tarjetas de contenido vistas</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>Tarjetas de control no mostradas</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>Clic en la tarjeta de contenido {}</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>Tarjeta de contenido {} descartada</translation>
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
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>Filtro</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>Filtro de eventos y solicitudes</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>Mostrar datos &amp;personales</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>Identificadores de usuario, alias, atributos estándar y lugares</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>&amp;Copiar todo</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>Como texto para un informe de error, sin datos personales</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>Eventos ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Eventos de esta ejecución</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>Contenido del evento seleccionado</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>Aún no hay eventos en esta ejecución</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>Solicitudes ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>Últimas solicitudes</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>La solicitud seleccionada y su respuesta</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>Ninguna solicitud desde que se abrió el inspector</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>en primer plano</translation>
    </message>
    <message>
        <source>away</source>
        <translation>ausente</translation>
    </message>
    <message>
        <source>custom event</source>
        <translation>evento personalizado</translation>
    </message>
    <message numerus="yes">
        <source>Time line of this run: %n session(s)</source>
        <translation>
            <numerusform>Línea de tiempo de esta ejecución: %n sesión</numerusform>
            <numerusform>Línea de tiempo de esta ejecución: %n sesiones</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>Aún no hay sesiones en esta ejecución</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>Nada coincide con el filtro</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>otro proceso de la aplicación está escribiendo</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>el disco no acepta nada</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>braze_qt no está instalado: no se llamó a BrazeQt.install(), o se llamó a shutdown().</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>BRAZE_QT_DISABLED está definida: no se guarda ni se envía nada.</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>braze_qt se ha cerrado: ya no acepta nada.</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>Falta el consentimiento: no se guarda ni se envía nada hasta setEnabled(True).</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>El envío está en pausa por setOutboundNetworkRequestsOffline(True).</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>En el diario, no en la base de datos, porque: {}.</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>Este usuario no tiene firma: indíquela con setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>Aún no hay sesión: ninguna ventana de la aplicación ha tenido el foco.</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>Aún no hay sesión: la aplicación no ha llamado a openSession().</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>No hay ninguna sesión abierta: lo que espera una se envía con la siguiente.</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>Hay una solicitud en curso.</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>Espera la próxima solicitud.</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>Solo en memoria, porque: {}.</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>Todo ha llegado.</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>Aún no hay nada que enviar.</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>No se encuentra el nombre del servidor o de su proxy: compruebe la red y el punto de conexión.</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>No se alcanza el servidor: compruebe la red, el cortafuegos y el punto de conexión con su puerto.</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>El proxy rechaza: compruebe su dirección, usuario y contraseña.</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>El certificado no es de confianza: un proxy o antivirus inspecciona TLS, o el reloj está mal.</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>Sin TLS allí: un cortafuegos, un proxy o un puerto equivocado.</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>Responde otro servidor: una página de acceso de la red, o el punto de conexión es incorrecto.</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>El archivo que indica REQUESTS_CA_BUNDLE o CURL_CA_BUNDLE no existe.</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>Sin respuesta, o no a tiempo: compruebe el punto de conexión y su puerto.</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>El servidor no acepta solicitudes ahora: se volverá a intentar.</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>La clave se rechaza: use la clave de API del SDK de la aplicación y el punto de conexión de su clúster.</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>La firma se rechaza: indique una nueva con setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>Los eventos se rechazan: mire la respuesta a la última solicitud.</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>Sesión {} en primer plano</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>Sesión {} en segundo plano</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>Sin sesión</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n en espera</numerusform>
            <numerusform>%n en espera</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lost</source>
        <translation>
            <numerusform>%n perdido</numerusform>
            <numerusform>%n perdidos</numerusform>
        </translation>
    </message>
    <message>
        <source>next try at {}</source>
        <translation>próximo intento a las {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… y %n carácter más</numerusform>
            <numerusform>… y %n caracteres más</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>Tal como se envió a las {}</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>El contenido no se conservó: el inspector se abrió más tarde.</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>Tal como se guardó</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>Tal como se guardó, aún no enviado</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>El cuerpo ya no se conserva.</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>Se espera la respuesta.</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{} tras {} ms</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… y %n byte más</numerusform>
            <numerusform>… y %n bytes más</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>en segundo plano</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anónimo</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Eventos</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>Respuesta</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Duración</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>En curso</translation>
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
