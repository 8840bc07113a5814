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
        <source>Content cards seen</source>
        <translation>Cartões de conteúdo vistos</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>Cartões de controle não exibidos</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>Cartão de conteúdo {} clicado</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>Cartão de conteúdo {} dispensado</translation>
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
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>Filtro</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>Filtro de eventos e solicitações</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>Mostrar dados &amp;pessoais</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>IDs de usuário, aliases, atributos padrão e lugares</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>&amp;Copiar tudo</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>Como texto para um relatório de erro, sem dados pessoais</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>Eventos ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>Eventos desta execução</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>Conteúdo do evento selecionado</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>Nenhum evento nesta execução ainda</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>Solicitações ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>Últimas solicitações</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>A solicitação selecionada e sua resposta</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>Nenhuma solicitação desde que o inspetor foi aberto</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>em primeiro plano</translation>
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
            <numerusform>Linha do tempo desta execução: %n sessão</numerusform>
            <numerusform>Linha do tempo desta execução: %n sessões</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>Nenhuma sessão nesta execução ainda</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>Nada corresponde ao filtro</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>outro processo do aplicativo está gravando</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>o disco não aceita nada</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>O braze_qt não está instalado: BrazeQt.install() não foi chamado, ou shutdown() foi.</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>BRAZE_QT_DISABLED está definida: nada é armazenado nem enviado.</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>O braze_qt foi encerrado: não aceita mais nada.</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>Falta o consentimento: nada é armazenado nem enviado até setEnabled(True).</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>O envio está pausado por setOutboundNetworkRequestsOffline(True).</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>No diário, não no banco de dados, porque: {}.</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>Este usuário não tem assinatura: informe-a com setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>Ainda não há sessão: nenhuma janela do aplicativo teve o foco até agora.</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>Ainda não há sessão: o aplicativo não chamou openSession().</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>Nenhuma sessão aberta: o que espera por uma é enviado com a próxima.</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>Há uma solicitação em andamento.</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>Aguarda a próxima solicitação.</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>Somente na memória, porque: {}.</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>Tudo chegou.</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>Ainda não há nada para enviar.</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>O nome do servidor ou do proxy não foi encontrado: verifique a rede e o endpoint.</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>O servidor não é alcançado: verifique a rede, o firewall e o endpoint com sua porta.</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>O proxy recusa: verifique o endereço, o usuário e a senha.</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>O certificado não é confiável: um proxy ou antivírus inspeciona TLS, ou o relógio está errado.</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>Sem TLS ali: um firewall, um proxy ou uma porta errada.</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>Outro servidor responde: uma página de login da rede, ou o endpoint está errado.</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>O arquivo indicado por REQUESTS_CA_BUNDLE ou CURL_CA_BUNDLE não existe.</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>Sem resposta, ou não a tempo: verifique o endpoint e sua porta.</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>O servidor não aceita solicitações agora: haverá nova tentativa.</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>A chave é recusada: use a chave de API do SDK do aplicativo e o endpoint do seu cluster.</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>A assinatura é recusada: informe uma nova com setSdkAuthenticationSignature().</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>Os eventos são recusados: veja a resposta à última solicitação.</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>Sessão {} em primeiro plano</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>Sessão {} em segundo plano</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>Nenhuma sessão</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n em espera</numerusform>
            <numerusform>%n em espera</numerusform>
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
        <translation>próxima tentativa às {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… e mais %n caractere</numerusform>
            <numerusform>… e mais %n caracteres</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>Como enviado às {}</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>O conteúdo não foi guardado: o inspetor foi aberto depois.</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>Como armazenado</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>Como armazenado, ainda não enviado</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>O corpo não é mais guardado.</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>A resposta é aguardada.</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{} após {} ms</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… e mais %n byte</numerusform>
            <numerusform>… e mais %n bytes</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>em segundo plano</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>anônimo</translation>
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
        <translation>Tamanho</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>Resposta</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>Duração</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>Em andamento</translation>
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
