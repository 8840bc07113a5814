<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="pt_BR" sourcelanguage="en">
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
        <translation>Usuário</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sessão</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Envio</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anônimo</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>Aguarda a próxima sessão</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>Início da sessão</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>Fim da sessão</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>Compra de {}</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>Alias em {}</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>Localização</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>Sinalizador de recurso {}</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>Grupo de assinatura {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>Atributo {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Armazenado</translation>
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
        <translation>Separado</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>Nenhum evento nesta execução ainda</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Eventos desta execução</translation>
    </message>
</context>
<context>
    <name>SessionSettingsDialog</name>
    <message>
        <source>Session Settings</source>
        <translation>Configurações da sessão</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>&amp;Tempo limite da sessão</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>A sessão termina quando o aplicativo fica em segundo plano por esse tempo.</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>Tempo limite da sessão em segundos</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>&amp;Restaurar padrão</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>Voltar para %n segundo</numerusform>
            <numerusform>Voltar para %n segundos</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>&amp;Fechar</translation>
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
