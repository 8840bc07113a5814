"""The examples that are used, with what each has that others have not, and how it is used.

Left out is what cannot run here: what needs sound, Bluetooth, a serial port, a graphics card, numpy or some
other package that the project does not need, or an account with a service.
"""

from __future__ import annotations

from tests.support.qt_examples.driver import Click, Dialog, Example, Use

CHROMIUM = ("GPUInfo not initialized",)
FILE_MENU = Dialog("", ("alt+f",), ("Escape", "Escape"))


def about(title: str) -> Dialog:
    """A message box, from the menu of help."""
    return Dialog(title, ("alt+h", "a"))


def tray(use: Use) -> None:
    """Closed, it hides after it has said so, and ends by the menu of its icon."""
    use.arrive()
    titles = use.titles()
    use.do(["alt+F4"])
    use.until(lambda: use.titles() == titles * 2, "the message that it goes on")
    use.look("the message")

    def hide() -> None:
        use.do(["Return"])
        use.until(lambda: not use.titles(), "the window to hide")

    use.leave(hide)
    hidden = use.view()

    def open_menu() -> None:
        use.desktop.click_tray_icon(button=3)
        use.changed(hidden)

    use.return_by(open_menu)
    use.look("the menu of the icon")

    use.leave_for_good(lambda: use.do(["Up", "Return"]))


def splash(use: Use) -> None:
    """A splash screen makes way for a window, which opens another."""
    use.arrive()
    control = use.example.windows[0]
    use.do(["Tab", "space"])
    use.until(lambda: len(use.titles()) == 2, "the second window")
    use.look("two windows")
    use.desktop.focus(control)
    use.away_and_back()
    use.look("before the end")
    use.close_all()


def several_windows(use: Use) -> None:
    """A second window by Ctrl+N. Neither this nor going from one to the other is an absence."""
    use.arrive()
    (first,) = use.desktop.windows()
    use.do(["ctrl+n"])
    use.until(lambda: len(use.titles()) == 2, "the second window")
    use.until(lambda: use.focused() != first, "the focus in the second window")
    use.look("two windows")
    use.away_and_back()
    use.desktop.focus_window(first.id)
    use.look("before the end")
    use.close_all()


def open_at_once(use: Use) -> None:
    """A native dialog that is opened before any window of Qt's has had the focus.

    Qt does not tell of it: its session begins when it closes.
    """
    use.arrive()
    use.look("at the beginning")
    use.hold()

    def close_dialog() -> None:
        use.do(["Escape"])
        use.until(lambda: len(use.titles()) == 1, "the dialog to close")
        use.until(use.focused, "the focus in the window")

    use.run.came.clear()
    use.return_by(close_dialog)
    use.away_and_back()
    use.look("before the end")
    use.close_all()


EXAMPLES = [
    # Qt Widgets
    Example(
        "widgets/mainwindows/application/application.py",
        "menus, settings",
        ("untitled.txt - Application",),
        (about("About Application"), FILE_MENU),
    ),
    Example(
        "widgets/widgetsgallery/main.py",
        "one of each widget",
        ("Widget Gallery Qt 6.11.3",),
        moving=0.01,  # a progress bar
    ),
    Example("widgets/mainwindows/mdi/mdi.py", "windows in a window", ("MDI",), (about("About MDI"),)),
    Example(
        "widgets/mainwindows/dockwidgets/dockwidgets.py",
        "docks",
        ("Dock Widgets",),
        (about("About Dock Widgets"),),
    ),
    Example("widgets/richtext/textedit/main.py", "rich text", ("example.html - Rich Text",), (FILE_MENU,)),
    Example(
        "widgets/richtext/orderform/orderform.py",
        "tables",
        ("Order Form",),
        (Dialog("Enter Customer Details", ("ctrl+n",)),),
    ),
    Example("widgets/itemviews/spreadsheet/main.py", "a table", ("Spreadsheet",), (FILE_MENU,)),
    Example(
        "widgets/itemviews/address_book/main.py",
        "a form",
        ("Address Book",),
        (Dialog("Open File", ("ctrl+o",)),),
    ),
    Example(
        "widgets/imageviewer/main.py",
        "a native file dialog",
        ("main.py",),
        (Dialog("Open File", ("ctrl+o",)),),
    ),
    Example(
        "widgets/graphicsview/diagramscene/diagramscene.py",
        "a graphics scene",
        ("Diagramscene",),
        (Dialog("About Diagram Scene", ("alt+h", "b")),),
    ),
    Example(
        "widgets/graphicsview/elasticnodes/elasticnodes.py",
        "a scene of Python's",
        ("Elastic Nodes",),
    ),
    Example(
        "widgets/animation/easing/easing.py",
        "animations",
        ("Easing curves",),
        moving=0.03,  # a ball
    ),
    Example(
        "widgets/widgets/digitalclock/digitalclock.py",
        "a timer",
        ("Digital Clock",),
        moving=0.005,  # the time
    ),
    Example(
        "gui/analogclock/main.py",
        "a window without widgets",
        ("Analog Clock",),
        moving=0.005,  # the time
    ),
    Example("sql/books/main.py", "a database", ("Books",), (Dialog("About Books", ("F1",)),)),
    Example(
        "statemachine/trafficlight/trafficlight.py",
        "a state machine",
        ("trafficlight.py",),
        moving=0.01,  # its lights
    ),
    Example("charts/callout/callout.py", "charts", ("callout.py",)),
    Example("pdfwidgets/pdfviewer/main.py", "PDF", ("PDF Viewer",), (Dialog("Choose a PDF", ("ctrl+o",)),)),
    # dialogs
    Example(
        "widgets/dialogs/standarddialogs/standarddialogs.py",
        "dialogs of each kind, also native",
        ("Standard Dialogs",),
        (
            Dialog("QInputDialog.getInteger()", ("alt+i",)),
            Dialog("Select Color", (Click(50, 420), "alt+c")),
            Dialog("QFileDialog.getOpenFileName()", (Click(50, 479), "alt+o")),
            Dialog("QMessageBox.question()", (Click(50, 510), "alt+q")),
        ),
    ),
    Example(
        "widgets/dialogs/classwizard/classwizard.py",
        "a wizard",
        ("Class Wizard",),
        (Dialog("", ("Return",), ("alt+b",)),),
    ),
    Example(
        "widgets/dialogs/tabdialog/tabdialog.py",
        "a dialog alone",
        ("Tab Dialog",),
        moving=0.003,  # the path and the times of a folder
    ),
    Example("widgets/dialogs/extension/extension.py", "a dialog that grows", ("Extension",)),
    Example(
        "corelib/settingseditor/settingseditor.py",
        "settings",
        ("Settings Editor",),
        (about("About Settings Editor"),),
    ),
    Example(
        "xml/dombookmarks/dombookmarks.py",
        "a native dialog before the loop",
        ("DOM Bookmarks", "Open Bookmark File"),
        drive=open_at_once,
    ),
    # threads and coroutines
    Example("corelib/threads/mandelbrot.py", "a QThread that computes", ("Mandelbrot",)),
    Example(
        "widgets/thread_signals/thread_signals.py",
        "QThreads with signals",
        ("My Form",),
        (Dialog("", (Click(30, 30),)),),
    ),
    Example(
        "network/threadedfortuneserver/threadedfortuneserver.py",
        "a server",
        ("Threaded Fortune Server",),
        moving=0.001,  # its port
    ),
    Example(
        "async/minimal/minimal_asyncio.py",
        "asyncio on Qt's loop",
        ("minimal_asyncio.py",),
        (Dialog("", (Click(100, 75),)),),
    ),
    Example(
        "async/eratosthenes/eratosthenes_asyncio.py",
        "many coroutines",
        ("eratosthenes_asyncio.py",),
        moving=0.05,  # colours by chance
        chance=("coroutine 'Eratosthenes.mark_number' was never awaited", "Enable tracemalloc"),
    ),
    Example("async/minimal/minimal_trio.py", "trio as a guest of Qt's loop", ("minimal_trio.py",)),
    # Qt Quick
    Example(
        "quickcontrols/gallery/gallery.py",
        "controls",
        ("Qt Quick Controls",),
        (Dialog("", (Click(338, 20),)),),
    ),
    Example(
        "quickcontrols/contactslist/main.py", "a list", ("Contact List",), (Dialog("", (Click(294, 455),)),)
    ),
    Example(
        "quickcontrols/filesystemexplorer/main.py",
        "a window without a frame",
        ("File System Explorer",),
        (Dialog("File System Explorer", (Click(25, 577),), ("alt+F4",)),),
    ),
    Example("quick/customitems/painteditem/main.py", "items painted by Python", ("main.py",)),
    Example("quick/models/objectlistmodel/main.py", "a model", ("main.py",)),
    Example("qml/editingmodel/main.py", "a model that changes", ("Moving Rectangle",)),
    Example("qml/textproperties/main.py", "Python called by QML", ("main.py",)),
    Example(
        "tutorials/finance_manager/part1/main.py",
        "an application of some size",
        ("Finance Manager",),
        (Dialog("", (Click(363, 380),)),),
    ),
    # several windows, tray
    Example("quick/window/main.py", "a splash screen and two windows", ("Control Window",), drive=splash),
    Example("widgets/desktop/systray/main.py", "a tray", ("Systray",), tray=True, drive=tray),
    # WebEngine
    Example(
        "webenginewidgets/simplebrowser/main.py",
        "pages in several windows",
        ("Qt Version - Qt Simple Browser",),
        chance=CHROMIUM,
        drive=several_windows,
    ),
    Example(
        "webenginewidgets/markdowneditor/main.py",
        "a channel to a page",
        ("MarkDown Editor",),
        chance=CHROMIUM,
    ),
    Example("webenginewidgets/notifications/main.py", "a page as window", ("main.py",), chance=CHROMIUM),
    Example("webenginequick/nanobrowser/main.py", "WebEngine in Qt Quick", ("Qt Version",), chance=CHROMIUM),
]
