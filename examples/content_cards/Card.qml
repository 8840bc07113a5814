pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Fusion
import QtQuick.Layouts
import BrazeQt

ItemDelegate {
    id: card
    required property var support
    required property string cardId
    required property string kind
    required property string title
    required property string link
    required property string linkText
    required property string imageUrl
    required property string altText
    required property real aspectRatio
    required property bool pinned
    required property bool dismissible
    required property bool viewed
    required property date updated
    required property var model  // its text: a button has one of its own
    property bool isCurrent: ListView.isCurrentItem && ListView.view.activeFocus

    readonly property real em: fontInfo.pixelSize * 1.2
    readonly property color quiet: support.muted(palette.text, palette.base)
    readonly property color accent: support.readable(palette.highlight, palette.text, palette.base)
    readonly property bool isThumbnail: kind === "classic"
    FontMetrics { id: fontInfo; font: card.font; readonly property real pixelSize: height / 1.2 }

    objectName: cardId
    width: ListView.view.width
    padding: em * 0.75
    focusPolicy: Qt.NoFocus  // the list has it
    onClicked: Braze.contentCards.open(cardId)
    onDoubleClicked: {}  // the second click of two is none then
    Accessible.role: Accessible.ListItem
    Accessible.name: [title || model.text || altText, pinned ? qsTr("pinned") : "", viewed ? "" : qsTr("new")]
        .filter(each => each).join(", ")
    Accessible.description: [title ? model.text : "", title || model.text ? altText : "", linkText]
        .filter(each => each).join("\n")
    Accessible.onPressAction: card.clicked()

    background: Rectangle {
        radius: card.em / 2
        color: card.hovered ? Qt.tint(card.palette.base, Qt.alpha(card.palette.text, 0.03)) : card.palette.base
        border {
            width: card.isCurrent ? 2 : 1
            color: card.isCurrent ? card.accent : Qt.alpha(card.palette.windowText, 0.16)
        }
    }

    contentItem: ColumnLayout {
        spacing: card.em / 2

        Loader {
            Layout.fillWidth: true
            Layout.preferredHeight: width / Math.min(Math.max(card.aspectRatio || 16 / 9, 0.5), 4)
            active: card.imageUrl && !card.isThumbnail
            visible: active
            sourceComponent: picture
        }
        RowLayout {
            spacing: card.em * 0.75

            Loader {
                Layout.preferredWidth: card.em * 4
                Layout.preferredHeight: card.em * 4
                Layout.alignment: Qt.AlignTop
                active: card.imageUrl && card.isThumbnail
                visible: active
                sourceComponent: picture
            }
            ColumnLayout {
                spacing: card.em / 3

                RowLayout {
                    spacing: card.em / 3
                    Rectangle {
                        visible: !card.viewed
                        implicitWidth: card.em / 2; implicitHeight: implicitWidth; radius: width / 2
                        color: card.accent
                    }
                    Label {
                        Layout.fillWidth: true
                        Layout.minimumHeight: card.em * 1.25
                        horizontalAlignment: Text.AlignLeft  // of the application, not of the digits
                        verticalAlignment: Text.AlignVCenter
                        elide: Text.ElideRight
                        font.pointSize: card.font.pointSize * 0.9
                        color: card.quiet
                        text: (card.pinned ? qsTr("Pinned") + " · " : "")
                            + card.updated.toLocaleDateString(Qt.locale(), Locale.ShortFormat)
                    }
                    ToolButton {
                        objectName: "dismiss " + card.cardId
                        visible: card.dismissible
                        Layout.preferredWidth: card.em * 1.25
                        Layout.preferredHeight: card.em * 1.25
                        text: "✕"
                        flat: true
                        opacity: card.hovered || card.isCurrent ? 1 : 0.68
                        focusPolicy: Qt.NoFocus
                        Accessible.name: qsTr("Dismiss")
                        onClicked: Braze.contentCards.dismiss(card.cardId)
                        onDoubleClicked: {}  // the next card is there by now, and would go, too
                    }
                }
                Label {
                    id: titleLabel
                    visible: text && card.kind !== "image_only"
                    Layout.fillWidth: true
                    text: card.title
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    maximumLineCount: 3
                    elide: Text.ElideRight
                    font { pointSize: card.font.pointSize * 1.1; weight: Font.DemiBold }
                    color: card.palette.text
                }
                Label {
                    id: textLabel
                    visible: text && card.kind !== "image_only"
                    Layout.fillWidth: true
                    text: card.model.text
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    maximumLineCount: 12
                    elide: Text.ElideRight
                    color: card.palette.text
                }
                Label {
                    visible: text && card.kind !== "image_only"
                    Layout.fillWidth: true
                    text: card.linkText || card.support.host(card.link)
                    textFormat: Text.PlainText
                    elide: Text.ElideRight
                    color: card.accent
                }
            }
        }
    }

    Component {
        id: picture
        Picture { support: card.support; address: card.imageUrl; altText: card.altText; ink: card.palette.text }
    }
    ToolTip {  // the attached one shows rich text, which could load pictures
        id: tip
        objectName: "tip " + card.cardId
        text: (titleLabel.truncated ? card.title + "\n" : "") + (textLabel.truncated ? card.model.text + "\n" : "")
            + card.link
        visible: card.hovered && text
        delay: 700
        width: Math.min(implicitWidth, card.width)
        contentItem: Text {
            text: tip.text
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            font: tip.font
            color: tip.palette.toolTipText
        }
    }
}
