pragma ComponentBehavior: Bound

// What is stored, sent and answered in this run, and why nothing arrives. For developers and testers.
//
// A program finds this file in braze_qt/qml/_resources.py, which tools/qml_resources.py makes.
import QtQuick
import QtQuick.Controls
import QtQuick.Layouts
import BrazeQt

Control {
    id: root

    readonly property real em: metrics.height
    // Of what is said beside the main thing; still 4.5 : 1 against the ground.
    readonly property color quiet: blend(palette.windowText, palette.window, 0.72)

    function blend(top: color, bottom: color, share: real): color {
        return Qt.rgba(top.r * share + bottom.r * (1 - share), top.g * share + bottom.g * (1 - share),
                       top.b * share + bottom.b * (1 - share), 1)
    }

    function luminance(colour: color): real {
        const share = value => value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4)
        return 0.2126 * share(colour.r) + 0.7152 * share(colour.g) + 0.0722 * share(colour.b)
    }

    function contrast(one: color, other: color): real {
        const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b)
        return (lighter + 0.05) / (darker + 0.05)
    }

    // Some styles choose a text on selections that is hard to read.
    function inkOn(ground: color): color {
        const inks = [palette.highlightedText, palette.base, palette.text]
        return inks.find(ink => contrast(ink, ground) >= 4.5) ?? palette.highlightedText
    }

    padding: em / 2
    implicitWidth: em * 46
    implicitHeight: em * 36
    Accessible.role: Accessible.Pane
    Accessible.name: core.cause

    InspectorCore {
        id: core
    }

    FontMetrics {
        id: metrics
        font: root.font
    }

    background: Rectangle {
        color: root.palette.window
    }

    contentItem: ColumnLayout {
        spacing: root.em / 2

        RowLayout {
            spacing: root.em * 2 / 3
            Layout.fillWidth: true

            Rectangle {
                readonly property bool stopped: core.level === "stopped"

                implicitWidth: root.em * 1.3
                implicitHeight: root.em * 1.3
                radius: width / 2
                color: stopped ? root.palette.windowText : "transparent"
                border.color: root.palette.windowText
                Layout.alignment: Qt.AlignTop

                Label {
                    anchors.centerIn: parent
                    text: parent.stopped ? "!" : core.level === "good" ? "✓" : "⋯"
                    font.bold: true
                    color: parent.stopped ? root.palette.window : root.palette.windowText
                    Accessible.ignored: true
                }
            }

            ColumnLayout {
                spacing: root.em / 5

                Label {
                    text: core.cause
                    textFormat: Text.PlainText
                    font.bold: true
                    color: root.palette.windowText
                    wrapMode: Text.Wrap
                    Layout.fillWidth: true
                }

                Label {
                    text: core.status
                    textFormat: Text.PlainText
                    visible: text !== ""
                    color: root.quiet
                    wrapMode: Text.Wrap
                    Layout.fillWidth: true
                }
            }
        }

        TimeLine {
            Layout.fillWidth: true
        }

        Flow {
            spacing: root.em / 2
            Layout.fillWidth: true

            TextField {
                width: Math.max(root.em * 8, parent.width - personal.width - copyAll.width - root.em)
                placeholderText: core.labels.filter
                text: core.filterText
                onTextEdited: core.filterText = text
                Accessible.name: core.labels.filterName
            }

            CheckBox {
                id: personal
                text: core.labels.personalData.replace("&", "")  // not all styles know mnemonics
                checked: core.showsPersonalData
                onToggled: core.showsPersonalData = checked
                Accessible.description: core.labels.personalDataHint
            }

            Button {
                id: copyAll
                text: core.labels.copyAll.replace("&", "")
                onClicked: core.copy(core.report())
                Accessible.description: core.labels.copyAllHint
            }
        }

        TabBar {
            id: tabs
            Layout.fillWidth: true

            TabButton {
                text: core.labels.events
                width: implicitWidth
            }

            TabButton {
                text: core.labels.requests
                width: implicitWidth
            }
        }

        StackLayout {
            currentIndex: tabs.currentIndex

            TablePage {
                rows: core.eventModel
                widths: [5, 0, 0, 6, 10]
                stepsColumn: 4
                note: core.labels.noEvents
                tableName: core.labels.eventsName
                detailsName: core.labels.eventName
                detailsOf: row => core.eventDetails(row)
            }

            TablePage {
                rows: core.requestModel
                widths: [5, 6, 7, 0, 7]
                stepsColumn: 3
                note: core.labels.noRequests
                tableName: core.labels.requestsName
                detailsName: core.labels.requestName
                detailsOf: row => core.requestDetails(row)
            }
        }
    }

    // Sessions as bars, absences as hollow bars, custom events as dots.
    component TimeLine: Item {
        id: line

        readonly property var shown: core.timeLine
        readonly property color mark: root.blend(root.palette.windowText, root.palette.highlight, 0.3)

        implicitHeight: root.em * 3.6
        Accessible.role: Accessible.Graphic
        Accessible.name: core.labels.sessions
        Accessible.description: shown.bars.map(bar => bar.text).join("\n")

        Label {
            text: core.labels.noSession
            visible: line.shown.bars.length === 0
            color: root.quiet
            anchors.horizontalCenter: parent.horizontalCenter
            Accessible.ignored: true
        }

        // By numbers: a list would have all of them made anew each second.
        Repeater {
            model: line.shown.bars.length

            Rectangle {
                required property int index
                readonly property var bar: line.shown.bars[index] ?? {left: 0, right: 0, away: false, text: ""}

                x: bar.left * line.width
                y: root.em * 0.2
                width: Math.max(4, (bar.right - bar.left) * line.width)
                height: root.em * 1.2
                color: bar.away ? root.palette.window : line.mark
                border.color: line.mark

                HoverHandler {
                    id: hover
                }
                ToolTip.text: bar.text
                ToolTip.visible: hover.hovered
            }
        }

        Repeater {
            model: line.shown.marks.length

            Rectangle {
                required property int index

                x: (line.shown.marks[index] ?? 0) * line.width - width / 2
                y: root.em * 1.6
                width: 5
                height: 5
                radius: 2.5
                color: root.palette.windowText
            }
        }

        Rectangle {
            y: root.em * 2.2
            width: parent.width
            height: 1
            color: root.blend(root.palette.windowText, root.palette.window, 0.25)
        }

        Label {
            text: line.shown.from
            y: root.em * 2.3
            color: root.quiet
            Accessible.ignored: true
        }

        Label {
            text: `■ ${core.labels.foreground}   □ ${core.labels.away}   ● ${core.labels.customEvent}`
            y: root.em * 2.3
            anchors.horizontalCenter: parent.horizontalCenter
            color: root.quiet
            Accessible.ignored: true
        }

        Label {
            text: line.shown.until
            y: root.em * 2.3
            anchors.right: parent.right
            color: root.quiet
            Accessible.ignored: true
        }
    }

    // A table and the details of its selected row, or a note while the table is empty.
    component TablePage: Item {
        id: page

        required property var rows
        required property var widths
        required property int stepsColumn
        required property string note
        required property string tableName
        required property string detailsName
        required property var detailsOf
        property int selectedRow: -1
        property string shownDetails: ""

        function look() {
            selectedRow = selection.currentIndex.valid ? selection.currentIndex.row : -1
            shownDetails = selectedRow < 0 ? "" : detailsOf(selectedRow)
        }

        function widthOf(column: int): real {
            const fixed = widths.reduce((sum, width) => sum + width, 0) * root.em
            const stretched = widths.filter(width => width === 0).length
            return widths[column] * root.em || Math.max(root.em * 6, (table.width - fixed) / stretched)
        }

        Label {
            anchors.centerIn: parent
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            visible: table.rows === 0
            text: page.note
            color: root.palette.windowText
        }

        ItemSelectionModel {
            id: selection
            model: page.rows
            onCurrentChanged: page.look()
        }

        Connections {
            target: page.rows
            function onDataChanged() { page.look() }
            function onRowsInserted() { page.look() }
            function onRowsRemoved() { page.look() }
            function onModelReset() { page.look() }
        }

        Connections {
            target: core
            function onChanged() { page.look() }
        }

        SplitView {
            anchors.fill: parent
            orientation: Qt.Vertical
            visible: table.rows > 0

            Rectangle {
                color: root.palette.base
                SplitView.fillHeight: true
                SplitView.minimumHeight: root.em * 6

                HorizontalHeaderView {
                    id: header
                    anchors.left: parent.left
                    anchors.right: parent.right
                    syncView: table
                    clip: true
                    interactive: false
                    activeFocusOnTab: false

                    delegate: Rectangle {
                        required property string display

                        implicitHeight: root.em * 1.7
                        color: root.palette.button

                        Label {
                            text: parent.display
                            textFormat: Text.PlainText
                            elide: Text.ElideRight
                            color: root.palette.buttonText
                            verticalAlignment: Text.AlignVCenter
                            anchors.fill: parent
                            anchors.leftMargin: root.em / 3
                        }
                    }
                }

                TableView {
                    id: table
                    anchors.fill: parent
                    anchors.topMargin: header.height
                    model: page.rows
                    clip: true
                    activeFocusOnTab: true
                    boundsBehavior: Flickable.StopAtBounds
                    selectionModel: selection
                    selectionBehavior: TableView.SelectRows
                    columnWidthProvider: column => page.widthOf(column)
                    rowHeightProvider: () => root.em * 1.7
                    onWidthChanged: forceLayout()
                    Keys.onEscapePressed: selection.clear()
                    Keys.onPressed: event => {
                        if (event.matches(StandardKey.Copy) && page.selectedRow >= 0) {
                            core.copy(page.shownDetails)
                            event.accepted = true
                        }
                    }
                    Accessible.role: Accessible.Table
                    Accessible.name: page.tableName
                    ScrollBar.vertical: ScrollBar {}

                    delegate: Rectangle {
                        id: cell

                        required property int row
                        required property int column
                        required property string display
                        required property int steps
                        readonly property bool marked: row === page.selectedRow
                        readonly property color ink: marked ? root.inkOn(root.palette.highlight) : root.palette.text

                        color: marked ? root.palette.highlight : root.palette.base
                        Accessible.role: Accessible.Cell
                        Accessible.name: display
                        Accessible.selected: marked

                        Row {
                            id: dots

                            x: root.em / 3
                            spacing: root.em / 5
                            anchors.verticalCenter: parent.verticalCenter

                            Repeater {
                                model: cell.column === page.stepsColumn ? 3 : 0

                                Rectangle {
                                    required property int index

                                    width: root.em * 0.4
                                    height: width
                                    radius: width / 2
                                    border.color: cell.ink
                                    color: index < cell.steps ? cell.ink : "transparent"
                                }
                            }
                        }

                        Label {
                            text: cell.display
                            textFormat: Text.PlainText
                            elide: Text.ElideRight
                            color: cell.ink
                            anchors.left: dots.right
                            anchors.leftMargin: dots.width > 0 ? root.em / 2 : 0
                            anchors.right: parent.right
                            anchors.rightMargin: root.em / 3
                            anchors.verticalCenter: parent.verticalCenter
                            Accessible.ignored: true
                        }
                    }
                }
            }

            ScrollView {
                visible: page.selectedRow >= 0
                SplitView.preferredHeight: page.height / 2
                SplitView.minimumHeight: root.em * 4
                clip: true

                TextArea {
                    padding: root.em / 3
                    topPadding: root.em / 3
                    topInset: 0
                    text: page.shownDetails
                    textFormat: TextEdit.PlainText
                    readOnly: true
                    selectByMouse: true
                    wrapMode: TextEdit.Wrap
                    color: root.palette.text
                    font.family: "monospace"
                    background: Rectangle {
                        color: root.palette.base
                    }
                    Accessible.name: page.detailsName
                }
            }
        }
    }
}
