import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import BrazeQt

ApplicationWindow {
    visible: true
    width: 480
    height: 320
    title: "Palette"

    ColumnLayout {
        anchors { fill: parent; margins: 16 }
        spacing: 12

        GridLayout {
            columns: 4
            rowSpacing: 8
            columnSpacing: 8

            Repeater {
                model: ["crimson", "darkorange", "gold", "seagreen", "teal", "royalblue", "indigo", "orchid"]

                Button {
                    id: colour
                    required property string modelData
                    objectName: modelData
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Accessible.name: modelData
                    background: Rectangle {
                        color: colour.modelData
                        radius: 8
                        border { width: colour.visualFocus ? 3 : 0; color: "black" }
                    }
                    onClicked: {
                        Braze.logCustomEvent("colour chosen", {"colour": modelData, "order": ["first", 2, true]})
                        Braze.user.setCustomAttribute("favourite colour", modelData)
                    }
                }
            }
        }

        Label {
            text: Braze.sessionState === "none" ? "No session" : "Session " + Braze.sessionId.slice(0, 8)
                + (Braze.pendingCount ? ", " + Braze.pendingCount + " to be sent" : ", all sent")
        }
    }
}
