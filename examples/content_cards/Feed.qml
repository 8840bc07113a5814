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

    // What of an item is in view: in its window, on a screen, not cut off; empty where nothing is.
    function visiblePart(item: Item): rect {
        const window = item.Window.window
        if (!item.visible || !list.isShown || !support.isExposed(window)) return Qt.rect(0, 0, 0, 0)
        let part = item.mapToItem(null, 0, 0, item.width, item.height)
        let left = part.left, top = part.top, right = part.right, bottom = part.bottom
        for (let around = item.parent; around; around = around.parent) {
            if (!around.clip && around.parent) continue  // the last one is the window
            const edge = around.mapToItem(null, 0, 0, around.width, around.height)
            left = Math.max(left, edge.left); right = Math.min(right, edge.right)
            top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom)
        }
        if (left >= right || top >= bottom) return Qt.rect(0, 0, 0, 0)
        part = support.onScreens(Qt.rect(left + window.x, top + window.y, right - left, bottom - top))
        return item.mapFromItem(null, part.x - window.x, part.y - window.y, part.width, part.height)
    }
    function refresh() {
        if (isAsking) return
        support.tryAgain()
        isAsking = cards.refresh()
        outcome.text = isAsking ? qsTr("Looking for news…") : qsTr("Not possible while offline.")
    }
    Connections {
        target: feed.cards
        function onRefreshed(result, until) {
            const isOld = feed.hasFailed || feed.cards.loaded !== "session"
            feed.isAsking = false
            feed.hasFailed = result === "failed" || (result === "refused" && isOld)
            const at = (until ? new Date(until * 1000) : new Date())
                .toLocaleTimeString(Qt.locale(), Locale.ShortFormat)
            outcome.text = result === "done" ? qsTr("Up to date since %1").arg(at)
                : result === "failed" ? qsTr("The news could not be loaded.")
                : feed.hasFailed ? qsTr("The news could not be loaded. Next refresh from %1").arg(at)
                : qsTr("Up to date. Next refresh from %1").arg(at)
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
                const part = feed.visiblePart(list)
                for (let row = 0; row < count; row++) {
                    const card = itemAtIndex(row) as Card
                    if (!card) continue
                    const top = card.y - contentY
                    const shown = Math.min(top + card.height, part.bottom) - Math.max(top, part.top)
                    const whole = Math.min(card.height, height) * width
                    if (shown > 0 && shown * part.width >= 0.5 * whole) found.push(card.cardId)
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
                    else if (!list.count && feed.cards.loaded !== "never" && feed.visiblePart(feed).height > 0)
                        feed.cards.markViewed([])
                }
            }
            onContentYChanged: still.restart()
            onHeightChanged: still.restart()
            onCountChanged: still.restart()
            onContentHeightChanged: still.restart()
            onVisibleChanged: { if (!visible) seen = []; still.restart() }
            onIsShownChanged: { if (!isShown) seen = []; still.restart() }
            Connections {
                target: feed.cards.model
                function onRowsMoved() { still.restart() }
                // Not by the count of the view, which is told once a frame: another user may have as many cards,
                // and the same ones.
                function onRowsRemoved() { if (!list.model.rowCount()) list.seen = []; still.restart() }
                function onRowsInserted() { still.restart() }
            }
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
