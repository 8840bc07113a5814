import QtQuick
import QtQuick.Controls.Fusion
import BrazeQt
import "content_cards"

ApplicationWindow {
    id: window
    required property var support
    visible: true
    width: 420
    height: 640
    title: Braze.contentCards.unviewedCount ? qsTr("News (%1)").arg(Braze.contentCards.unviewedCount) : qsTr("News")

    Feed {
        anchors.fill: parent
        support: window.support
        focus: true
    }
}
