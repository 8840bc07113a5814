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
        <source>Content cards seen</source>
        <translation>コンテンツカードの表示</translation>
    </message>
    <message>
        <source>Control cards not shown</source>
        <translation>非表示のコントロールカード</translation>
    </message>
    <message>
        <source>Content card {} clicked</source>
        <translation>コンテンツカード {} のクリック</translation>
    </message>
    <message>
        <source>Content card {} dismissed</source>
        <translation>コンテンツカード {} を閉じた</translation>
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
    <name>InspectorCore</name>
    <message>
        <source>Filter</source>
        <translation>フィルター</translation>
    </message>
    <message>
        <source>Filter of events and requests</source>
        <translation>イベントとリクエストのフィルター</translation>
    </message>
    <message>
        <source>Show &amp;personal data</source>
        <translation>個人データを表示(&amp;P)</translation>
    </message>
    <message>
        <source>User ids, aliases, standard attributes and places</source>
        <translation>ユーザー ID、エイリアス、標準属性、場所</translation>
    </message>
    <message>
        <source>&amp;Copy All</source>
        <translation>すべてコピー(&amp;C)</translation>
    </message>
    <message>
        <source>As text for a bug report, without personal data</source>
        <translation>不具合報告用のテキストとして（個人データなし）</translation>
    </message>
    <message>
        <source>Events ({})</source>
        <translation>イベント ({})</translation>
    </message>
    <message>
        <source>Events of this run</source>
        <translation>起動後のイベント</translation>
    </message>
    <message>
        <source>What the selected event says</source>
        <translation>選択したイベントの内容</translation>
    </message>
    <message>
        <source>No event in this run yet</source>
        <translation>起動後のイベントはまだありません</translation>
    </message>
    <message>
        <source>Requests ({})</source>
        <translation>リクエスト ({})</translation>
    </message>
    <message>
        <source>Last requests</source>
        <translation>最近のリクエスト</translation>
    </message>
    <message>
        <source>The selected request and its reply</source>
        <translation>選択したリクエストとその応答</translation>
    </message>
    <message>
        <source>No request since the inspector was opened</source>
        <translation>インスペクターを開いてからリクエストはありません</translation>
    </message>
    <message>
        <source>in the foreground</source>
        <translation>フォアグラウンド</translation>
    </message>
    <message>
        <source>away</source>
        <translation>離席中</translation>
    </message>
    <message>
        <source>custom event</source>
        <translation>カスタムイベント</translation>
    </message>
    <message numerus="yes">
        <source>Time line of this run: %n session(s)</source>
        <translation>
            <numerusform>起動後のタイムライン: %n セッション</numerusform>
        </translation>
    </message>
    <message>
        <source>No session in this run yet</source>
        <translation>起動後のセッションはまだありません</translation>
    </message>
    <message>
        <source>Nothing matches the filter</source>
        <translation>フィルターに一致するものはありません</translation>
    </message>
    <message>
        <source>another process of this application is writing</source>
        <translation>アプリケーションの別のプロセスが書き込み中</translation>
    </message>
    <message>
        <source>the disk takes nothing</source>
        <translation>ディスクが書き込みを受け付けません</translation>
    </message>
    <message>
        <source>braze_qt is not installed: BrazeQt.install() was not called, or shutdown() was.</source>
        <translation>braze_qt は導入されていません。BrazeQt.install() が呼ばれていないか、shutdown() が呼ばれました。</translation>
    </message>
    <message>
        <source>BRAZE_QT_DISABLED is set: nothing is stored or sent.</source>
        <translation>BRAZE_QT_DISABLED が設定されています。何も保存も送信もされません。</translation>
    </message>
    <message>
        <source>braze_qt was shut down: it takes nothing any more.</source>
        <translation>braze_qt は終了しました。もう何も受け付けません。</translation>
    </message>
    <message>
        <source>Consent is missing: nothing is stored or sent until setEnabled(True).</source>
        <translation>同意がありません。setEnabled(True) まで何も保存も送信もされません。</translation>
    </message>
    <message>
        <source>Sending is paused by setOutboundNetworkRequestsOffline(True).</source>
        <translation>setOutboundNetworkRequestsOffline(True) により送信が停止しています。</translation>
    </message>
    <message>
        <source>In the journal, not in the database, because {}.</source>
        <translation>ジャーナルにあり、データベースにはありません。理由: {}。</translation>
    </message>
    <message>
        <source>This user has no signature: give one by setSdkAuthenticationSignature().</source>
        <translation>このユーザーには署名がありません。setSdkAuthenticationSignature() で指定してください。</translation>
    </message>
    <message>
        <source>No session yet: no window of the application had the focus so far.</source>
        <translation>まだセッションがありません。アプリケーションのウィンドウがまだフォーカスを得ていません。</translation>
    </message>
    <message>
        <source>No session yet: the application has not called openSession().</source>
        <translation>まだセッションがありません。アプリケーションが openSession() を呼んでいません。</translation>
    </message>
    <message>
        <source>No session is open: what waits for one is sent with the next.</source>
        <translation>開いているセッションはありません。待っているものは次のセッションで送信されます。</translation>
    </message>
    <message>
        <source>A request is under way.</source>
        <translation>リクエストを送信中です。</translation>
    </message>
    <message>
        <source>Waits for the next request.</source>
        <translation>次のリクエストを待っています。</translation>
    </message>
    <message>
        <source>Kept in memory only, because {}.</source>
        <translation>メモリにのみ保持されています。理由: {}。</translation>
    </message>
    <message>
        <source>Everything has arrived.</source>
        <translation>すべて届きました。</translation>
    </message>
    <message>
        <source>Nothing to send yet.</source>
        <translation>まだ送信するものはありません。</translation>
    </message>
    <message>
        <source>The name of the server or of its proxy is not found: check the network and the endpoint.</source>
        <translation>サーバーまたはプロキシの名前が見つかりません。ネットワークとエンドポイントを確認してください。</translation>
    </message>
    <message>
        <source>The server is not reached: check network, firewall and the endpoint with its port.</source>
        <translation>サーバーに接続できません。ネットワーク、ファイアウォール、エンドポイントとポートを確認してください。</translation>
    </message>
    <message>
        <source>The proxy refuses: check its address, user and password.</source>
        <translation>プロキシが拒否しました。アドレス、ユーザー、パスワードを確認してください。</translation>
    </message>
    <message>
        <source>The certificate is not trusted: a proxy or virus scanner reads TLS, or the clock is wrong.</source>
        <translation>証明書が信頼されていません。プロキシやウイルス対策が TLS を検査しているか、時計が合っていません。</translation>
    </message>
    <message>
        <source>No TLS there: a firewall, a proxy or a wrong port.</source>
        <translation>TLS が使えません。ファイアウォール、プロキシ、またはポートの誤りです。</translation>
    </message>
    <message>
        <source>Another server answers: a login page of the network, or the endpoint is wrong.</source>
        <translation>別のサーバーが応答しました。ネットワークのログインページか、エンドポイントの誤りです。</translation>
    </message>
    <message>
        <source>The file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there.</source>
        <translation>REQUESTS_CA_BUNDLE または CURL_CA_BUNDLE が指すファイルがありません。</translation>
    </message>
    <message>
        <source>No reply, or not in time: check the endpoint and its port.</source>
        <translation>応答がないか、間に合いませんでした。エンドポイントとポートを確認してください。</translation>
    </message>
    <message>
        <source>The server takes no requests now: it is tried again.</source>
        <translation>サーバーは現在リクエストを受け付けていません。再試行します。</translation>
    </message>
    <message>
        <source>The key is refused: take the SDK API key of the application and the endpoint of its cluster.</source>
        <translation>キーが拒否されました。アプリケーションの SDK API キーとそのクラスターのエンドポイントを使ってください。</translation>
    </message>
    <message>
        <source>The signature is refused: give a new one by setSdkAuthenticationSignature().</source>
        <translation>署名が拒否されました。setSdkAuthenticationSignature() で新しいものを指定してください。</translation>
    </message>
    <message>
        <source>The events are refused: look at the reply to the last request.</source>
        <translation>イベントが拒否されました。最後のリクエストへの応答を見てください。</translation>
    </message>
    <message>
        <source>Session {} in the foreground</source>
        <translation>セッション {} はフォアグラウンド</translation>
    </message>
    <message>
        <source>Session {} in the background</source>
        <translation>セッション {} はバックグラウンド</translation>
    </message>
    <message>
        <source>No session</source>
        <translation>セッションなし</translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>待機 %n 件</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lost</source>
        <translation>
            <numerusform>喪失 %n 件</numerusform>
        </translation>
    </message>
    <message>
        <source>next try at {}</source>
        <translation>次の試行は {}</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more character(s)</source>
        <translation>
            <numerusform>… 他 %n 文字</numerusform>
        </translation>
    </message>
    <message>
        <source>As sent at {}</source>
        <translation>送信時の内容 ({})</translation>
    </message>
    <message>
        <source>What it says was not kept: the inspector was opened later.</source>
        <translation>内容は保持されていません。インスペクターは後から開かれました。</translation>
    </message>
    <message>
        <source>As stored</source>
        <translation>保存時の内容</translation>
    </message>
    <message>
        <source>As stored, not sent yet</source>
        <translation>保存時の内容（未送信）</translation>
    </message>
    <message>
        <source>The body is no longer kept.</source>
        <translation>本文はもう保持されていません。</translation>
    </message>
    <message>
        <source>The reply is awaited.</source>
        <translation>応答を待っています。</translation>
    </message>
    <message>
        <source>{} after {} ms</source>
        <translation>{}（{} ms 後）</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more byte(s)</source>
        <translation>
            <numerusform>… 他 %n バイト</numerusform>
        </translation>
    </message>
    <message>
        <source>in the background</source>
        <translation>バックグラウンド</translation>
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
        <translation>時刻</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>イベント</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>サイズ</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>応答</translation>
    </message>
    <message>
        <source>Duration</source>
        <translation>所要時間</translation>
    </message>
    <message>
        <source>Under way</source>
        <translation>送信中</translation>
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
