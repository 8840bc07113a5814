import QtQuick
import QtQuick.Controls.Basic
import BrazeQt

ApplicationWindow {
    visible: true
    width: 420
    height: 480
    title: Braze.contentCards.unviewedCount ? "Feed (" + Braze.contentCards.unviewedCount + ")" : "Feed"

    ListView {
        anchors { fill: parent; margins: 12 }
        model: Braze.contentCards.model
        spacing: 8
        cacheBuffer: 0  // what is made is in view
        displaced: Transition { NumberAnimation { property: "y"; duration: 150 } }

        delegate: ItemDelegate {
            id: card
            required property string cardId
            required property string title
            required property bool viewed
            required property bool dismissible
            required property var model
            objectName: cardId
            width: ListView.view.width
            Accessible.name: title
            contentItem: Label {
                text: card.title + "\n" + card.model.text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                font.bold: !card.viewed
                rightPadding: 40
            }
            Component.onCompleted: Braze.contentCards.markViewed(cardId)
            onClicked: Braze.contentCards.open(cardId)

            Button {
                anchors { right: parent.right; top: parent.top }
                objectName: "dismiss " + card.cardId
                text: "×"
                flat: true
                visible: card.dismissible
                Accessible.name: "Dismiss"
                onClicked: Braze.contentCards.dismiss(card.cardId)
            }
        }
    }
}
