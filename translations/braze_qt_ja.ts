<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>EventModel</name>
    <message>
        <source>Time</source>
        <translation>時刻</translation>
    </message>
    <message>
        <source>Event</source>
        <translation>イベント</translation>
    </message>
    <message>
        <source>User</source>
        <translation>ユーザー</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>セッション</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>送信状況</translation>
    </message>
    <message>
        <source>anonymous</source>
        <translation>匿名</translation>
    </message>
    <message>
        <source>Waits for the next session</source>
        <translation>次のセッションを待機中</translation>
    </message>
    <message>
        <source>Session start</source>
        <translation>セッション開始</translation>
    </message>
    <message>
        <source>Session end</source>
        <translation>セッション終了</translation>
    </message>
    <message>
        <source>Purchase of {}</source>
        <translation>{} の購入</translation>
    </message>
    <message>
        <source>Alias in {}</source>
        <translation>{} のエイリアス</translation>
    </message>
    <message>
        <source>Location</source>
        <translation>位置情報</translation>
    </message>
    <message>
        <source>Feature flag {}</source>
        <translation>機能フラグ {}</translation>
    </message>
    <message>
        <source>Subscription group {}</source>
        <translation>購読グループ {}</translation>
    </message>
    <message>
        <source>Attribute {}</source>
        <translation>属性 {}</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>保存済み</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>送信中</translation>
    </message>
    <message>
        <source>Acknowledged</source>
        <translation>受信確認済み</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>除外済み</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>No event in this run yet</source>
        <translation>起動後のイベントはまだありません</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>起動後のイベント</translation>
    </message>
</context>
<context>
    <name>SessionSettingsDialog</name>
    <message>
        <source>Session Settings</source>
        <translation>セッション設定</translation>
    </message>
    <message>
        <source>Session &amp;timeout</source>
        <translation>セッションのタイムアウト(&amp;T)</translation>
    </message>
    <message>
        <source>The session ends when the application has been in the background for this long.</source>
        <translation>アプリケーションがこの時間バックグラウンドにあると、セッションは終了します。</translation>
    </message>
    <message>
        <source>Session timeout in seconds</source>
        <translation>セッションのタイムアウト（秒）</translation>
    </message>
    <message>
        <source>&amp;Restore Default</source>
        <translation>デフォルトに戻す(&amp;R)</translation>
    </message>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>%n 秒に戻す</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>閉じる(&amp;C)</translation>
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
