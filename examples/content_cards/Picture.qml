import QtQuick
import QtQuick.Controls.Fusion

// A picture in its place: nothing while it is loaded, the sign for a picture where it is missing.
Rectangle {
    id: frame
    required property var support
    required property string address
    required property string altText
    required property color ink
    property string outcome: "loading"

    color: Qt.alpha(ink, 0.08)
    function look() { outcome = support.look(address) }
    onAddressChanged: look()
    Component.onCompleted: look()

    Connections {
        target: frame.support
        function onChanged(address) { if (address === frame.address) frame.look() }
    }
    Image {
        anchors.fill: parent
        fillMode: Image.PreserveAspectFit
        source: frame.outcome === "ready" ? "image://loaded/" + encodeURIComponent(frame.address) : ""
        cache: false
    }
    Rectangle {
        id: missing
        visible: frame.outcome === "failed"
        anchors { centerIn: parent; verticalCenterOffset: words.visible ? -words.height / 2 : 0 }
        height: Math.min(24, parent.height / 2)
        width: height * 4 / 3
        radius: 3
        color: "transparent"
        border { width: 1.5; color: Qt.alpha(frame.ink, 0.68) }
        Rectangle {
            x: parent.width * 0.6; y: parent.height * 0.2
            width: parent.height * 0.25; height: width; radius: width / 2
            color: missing.border.color
        }
        Rectangle {
            x: parent.width * 0.15; y: parent.height * 0.65
            width: parent.width * 0.7; height: 1.5
            color: missing.border.color
        }
    }
    Label {
        id: words
        visible: missing.visible && text && height + missing.height * 2 < parent.height
        anchors { top: missing.bottom; left: parent.left; right: parent.right; margins: missing.height / 3 }
        horizontalAlignment: Text.AlignHCenter
        text: frame.altText
        textFormat: Text.PlainText
        wrapMode: Text.Wrap
        maximumLineCount: 2
        elide: Text.ElideRight
        font.pointSize: Application.font.pointSize * 0.9
        color: missing.border.color
    }
}
