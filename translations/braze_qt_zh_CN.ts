<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>EventModel</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>发送状态</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>匿名</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>等待下一次会话</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>会话开始</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>会话结束</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>购买 {}</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>{} 中的别名</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>功能标志 {}</translation>
    </message>
    <message>
        <source>Content cards seen</source>
        <translation>内容卡片已查看</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>对照卡片未显示</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>内容卡片 {} 已点击</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>内容卡片 {} 已关闭</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>订阅组 {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>属性 {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>已存储</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>正在发送</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>已确认</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>已搁置</translation>
    </message>
</context>
<context>
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>事件和请求的筛选条件</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>显示个人数据(&amp;P)</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>用户 ID、别名、标准属性和位置</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>全部复制(&amp;C)</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>作为错误报告的文本，不含个人数据</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>事件 ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>本次运行的事件</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>所选事件的内容</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>本次运行尚无事件</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>请求 ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>最近的请求</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>所选请求及其响应</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>打开检查器以来没有请求</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>前台</translation>
    </message>
    <message>
        <source>away</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>custom event</source>
        <translation>自定义事件</translation>
    </message>
    <message numerus="yes">
        <source>Time line of this run: %n session(s)</source>
        <translation>
            <numerusform>本次运行的时间线：%n 个会话</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>本次运行尚无会话</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>没有符合筛选条件的内容</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>应用程序的另一个进程正在写入</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>磁盘不接受写入</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>braze_qt 未安装：未调用 BrazeQt.install()，或已调用 shutdown()。</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>已设置 BRAZE_QT_DISABLED：不存储也不发送任何内容。</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>braze_qt 已关闭：不再接受任何内容。</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>缺少同意：调用 setEnabled(True) 之前不存储也不发送任何内容。</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>发送已被 setOutboundNetworkRequestsOffline(True) 暂停。</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>在日志中，不在数据库中，原因：{}。</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>此用户没有签名：请用 setSdkAuthenticationSignature() 提供。</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>尚无会话：应用程序的窗口尚未获得过焦点。</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>尚无会话：应用程序未调用 openSession()。</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>没有打开的会话：等待会话的内容将随下一个会话发送。</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>请求正在进行。</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>等待下一个请求。</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>仅保存在内存中，原因：{}。</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>全部已送达。</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>尚无可发送的内容。</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>找不到服务器或其代理的名称：请检查网络和端点。</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>无法连接服务器：请检查网络、防火墙以及端点和端口。</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>代理拒绝：请检查其地址、用户和密码。</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>证书不受信任：代理或杀毒软件检查 TLS，或时钟不准。</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>那里没有 TLS：防火墙、代理或端口错误。</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>其他服务器响应：网络的登录页面，或端点错误。</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>REQUESTS_CA_BUNDLE 或 CURL_CA_BUNDLE 指定的文件不存在。</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>没有响应或超时：请检查端点及其端口。</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>服务器目前不接受请求：将重试。</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>密钥被拒绝：请使用应用程序的 SDK API 密钥及其集群的端点。</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>签名被拒绝：请用 setSdkAuthenticationSignature() 提供新的签名。</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>事件被拒绝：请查看对最后一个请求的响应。</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>会话 {} 在前台</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>会话 {} 在后台</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>无会话</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n 个等待中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lost</source>
        <translation>
            <numerusform>%n 个丢失</numerusform>
        </translation>
    </message>
    <message>
        <source>next try at {}</source>
        <translation>下次尝试于 {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… 还有 %n 个字符</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>发送内容（{}）</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>内容未保留：检查器是之后打开的。</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>存储内容</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>存储内容，尚未发送</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>正文已不再保留。</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>正在等待响应。</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{}（{} 毫秒后）</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… 还有 %n 个字节</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>后台</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>匿名</translation>
    </message>
</context>
<context>
    <name>RequestModel</name>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>响应</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>{} ms</source>
        <translation>{} 毫秒</translation>
    </message>
</context>
<context>
    <name>SessionSettingsDialog</name>
    <message>
        <source>Session Settings</source>
        <translation>会话设置</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>会话超时(&amp;T)</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>应用程序在后台停留达到此时长后，会话即结束。</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>会话超时（秒）</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>恢复默认值(&amp;R)</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>恢复为 %n 秒</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <comment>behind the number</comment>
        <translation>
            <numerusform> 秒</numerusform>
        </translation>
    </message>
</context>
</TS>
