pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Fusion
import QtQuick.Layouts
import BrazeQt

Pane {
    id: feed
    objectName: "feed"
    required property var support
    readonly property var cards: Braze.contentCards
    property int stay: 1000
    property bool isAsking: false
    property bool hasFailed: false
    readonly property bool isMissing: hasFailed && !isAsking && cards.loaded !== "session"
    padding: 12

    LayoutMirroring.enabled: Application.layoutDirection === Qt.RightToLeft
    LayoutMirroring.childrenInherit: true

    function refresh() {
        support.tryAgain()
        isAsking = cards.refresh()
        outcome.text = isAsking ? qsTr("Looking for news…") : qsTr("Not possible while offline.")
    }
    Connections {
        target: feed.cards
        function onRefreshed(result, until) {
            feed.isAsking = false
            feed.hasFailed = result === "failed"
            const at = (until ? new Date(until * 1000) : new Date())
                .toLocaleTimeString(Qt.locale(), Locale.ShortFormat)
            outcome.text = result === "done" ? qsTr("Up to date since %1").arg(at)
                : result === "refused" ? qsTr("Up to date. Next refresh from %1").arg(at)
                : qsTr("The news could not be loaded.")
            outcome.Accessible.announce(outcome.text)
        }
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 8

        RowLayout {
            Label {
                Layout.fillWidth: true
                text: qsTr("News")
                font { pointSize: feed.font.pointSize * 1.2; weight: Font.DemiBold }
            }
            Button {
                objectName: "refresh"
                enabled: !feed.isAsking
                action: Action {
                    text: qsTr("&Refresh")
                    shortcut: StandardKey.Refresh
                    onTriggered: feed.refresh()
                }
            }
        }
        Label {
            id: outcome
            objectName: "outcome"
            visible: text
            Layout.fillWidth: true
            wrapMode: Text.Wrap
            color: feed.support.muted(palette.windowText, palette.window)
        }
        ListView {
            id: list
            objectName: "list"
            visible: count > 0
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            focus: true
            activeFocusOnTab: true
            spacing: 8
            model: feed.cards.model
            boundsBehavior: Flickable.StopAtBounds
            reuseItems: false
            ScrollBar.vertical: ScrollBar {}
            Accessible.role: Accessible.List
            Accessible.name: qsTr("News")
            Keys.onReturnPressed: act("open")
            Keys.onEnterPressed: act("open")
            Keys.onSpacePressed: act("open")
            Keys.onDeletePressed: act("dismiss")
            Keys.onPressed: event => {
                const rows = {[Qt.Key_Home]: 0, [Qt.Key_End]: count - 1}
                if (event.key in rows) currentIndex = rows[event.key]
                event.accepted = event.key in rows
            }
            function act(what) { if (currentItem) feed.cards[what]((currentItem as Card).cardId) }

            displaced: Transition { NumberAnimation { property: "y"; duration: 150 } }
            delegate: Card { support: feed.support }

            // A card counts as seen once half of it is in view for a second, during which nothing moves.
            property var seen: []
            readonly property bool isShown: ![Window.Hidden, Window.Minimized].includes(list.Window.visibility)
            function inView() {
                let found = []
                if (!visible || !isShown || !feed.support.isExposed(list.Window.window)) return found
                for (let row = 0; row < count; row++) {
                    const card = itemAtIndex(row) as Card
                    if (!card) continue
                    const shown = Math.min(card.y + card.height, contentY + height) - Math.max(card.y, contentY)
                    if (shown >= 0.5 * Math.min(card.height, height)) found.push(card.cardId)
                }
                return found
            }
            Timer {
                id: still
                interval: feed.stay
                running: true
                onTriggered: {
                    const now = list.inView()
                    const fresh = now.filter(card => !list.seen.includes(card))
                    list.seen = now
                    if (fresh.length) feed.cards.markViewed(fresh)
                    else if (!list.count && feed.visible && feed.cards.loaded !== "never") feed.cards.markViewed([])
                }
            }
            onContentYChanged: still.restart()
            onHeightChanged: still.restart()
            onCountChanged: still.restart()
            onContentHeightChanged: still.restart()
            onVisibleChanged: { if (!visible) seen = []; still.restart() }
            onIsShownChanged: { if (!isShown) seen = []; still.restart() }
            Connections {
                target: list.Window.window
                function onActiveChanged() { still.restart() }
            }
        }
        Item {
            visible: !list.visible
            Layout.fillWidth: true
            Layout.fillHeight: true

            ColumnLayout {
                anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter }

                Label {
                    objectName: "place"
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignHCenter
                    wrapMode: Text.Wrap
                    text: feed.isAsking ? qsTr("Looking for news…")
                        : feed.isMissing ? qsTr("The news could not be loaded") : qsTr("No news")
                    font { pointSize: feed.font.pointSize * 1.2; weight: Font.DemiBold }
                }
                Label {
                    visible: !feed.isAsking
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignHCenter
                    wrapMode: Text.Wrap
                    text: feed.isMissing ? qsTr("Is the computer connected to the Internet?")
                        : qsTr("New offers and hints appear here.")
                }
                BusyIndicator {
                    visible: feed.isAsking
                    Layout.alignment: Qt.AlignHCenter
                }
                Button {
                    visible: feed.isMissing
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("&Try Again")
                    onClicked: feed.refresh()
                }
            }
        }
    }
}
