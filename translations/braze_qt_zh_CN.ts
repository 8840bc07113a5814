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
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>本次运行尚无事件</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>本次运行的事件</translation>
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
