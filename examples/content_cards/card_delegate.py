"""Paints one content card, for a list of Qt Widgets."""

from __future__ import annotations

import html
import unicodedata
from typing import Any, NamedTuple, cast

from PySide6.QtCore import (
    QDateTime,
    QEvent,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from .colours import READABLE, accent, blend, line, quiet
from .pictures import Pictures

TITLE_LINES, TEXT_LINES = 3, 12
"""What is longer is elided; a tooltip and a screen reader have all of it."""
WIDEST, TALLEST, UNKNOWN = 4.0, 0.5, 16 / 9
"""Width ÷ height of a picture that fills its card, and of one that does not say; others are fitted in."""

AnyIndex = QModelIndex | QPersistentModelIndex


def reads_from_the_right(text: str) -> bool:
    """As Unicode has it: by the first letter that has a direction."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def split_utf16(text: str, at: int) -> tuple[str, str]:
    """Qt counts a letter beyond the first 65,536, as most emojis are, as two."""
    units = text.encode("utf-16-le", "surrogatepass")
    before, after = (part.decode("utf-16-le", "surrogatepass") for part in (units[: at * 2], units[at * 2 :]))
    return before, after


def scaled(font: QFont, factor: float) -> QFont:
    """Whether its size is in points or, as by a style sheet, in pixels."""
    other = QFont(font)
    if font.pixelSize() > 0:
        other.setPixelSize(round(font.pixelSize() * factor))
    else:
        other.setPointSizeF(font.pointSizeF() * factor)
    return other


class Paragraph:
    """Plain text of a width, in its own direction, with an end after some lines."""

    def __init__(self, text: str, font: QFont, width: int, lines: int) -> None:
        text, most = " ".join(text.split()), lines * width // 2  # hardly a letter is narrower than 2 pixels
        is_cut, text = len(text) > most, text[:most]
        self._layout = QTextLayout(text, font)
        is_mirrored = reads_from_the_right(text)
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        option = QTextOption(side | Qt.AlignmentFlag.AlignAbsolute)
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if is_mirrored else Qt.LayoutDirection.LeftToRight
        )
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        starts = self._lay_out(width, lines + 1)
        self.is_elided = is_cut or len(starts) > lines
        if self.is_elided:
            before, last = split_utf16(text, starts[: lines + 1][-2 if len(starts) > lines else -1])
            rest = QFontMetrics(font).elidedText(last + "…", Qt.TextElideMode.ElideRight, width)
            self._layout.setText(before + rest)
            self._lay_out(width, lines)
        self.height = round(self._layout.boundingRect().height())

    def _lay_out(self, width: int, lines: int) -> list[int]:
        """Where lines begin."""
        starts, y = [], 0.0
        self._layout.beginLayout()
        while len(starts) < lines and (row := self._layout.createLine()).isValid():
            row.setLineWidth(width)
            row.setPosition(QPointF(0, y))
            y += row.height()
            starts.append(row.textStart())
        self._layout.endLayout()
        return starts

    def draw(self, painter: QPainter, place: QPoint, colour: QColor) -> None:
        painter.setPen(colour)
        self._layout.draw(painter, QPointF(place))


class Sheet(NamedTuple):
    """Where everything of a card lies, below and beside its top left corner."""

    card: QRect
    picture: QRect
    caption: QRect
    close: QRect
    texts: list[tuple[str, Paragraph, QRect]]
    height: int


class CardDelegate(QStyledItemDelegate):
    """The look of a card: its picture, a caption with its marks, title, text, and where it leads."""

    def __init__(self, view: QAbstractItemView, pictures: Pictures) -> None:
        super().__init__(view)
        self._pictures = pictures
        self._roles = {bytes(name.data()).decode(): role for role, name in view.model().roleNames().items()}

    @property
    def _view(self) -> QAbstractItemView:
        """Not an attribute: in a cycle both would be destroyed by Python's collector, in any thread."""
        return cast(QAbstractItemView, self.parent())

    def value(self, index: AnyIndex, role: str) -> Any:
        return index.data(self._roles[role])

    # -- the places ------------------------------------------------------------------------------

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        sheet = self._sheet(index)
        return QSize(sheet.card.right(), sheet.height)

    def close_rect(self, index: AnyIndex) -> QRect:
        """The button that dismisses a card, in the viewport; an empty one where it must stay."""
        row = self._view.visualRect(index)
        return self._placed(self._sheet(index).close, row)

    def _right(self) -> int:
        """Where cards end. The scroll bar has its room also while it is not there, or heights would swing."""
        view, em = self._view, self._em()
        bar = view.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, view)
        return max(view.width() - max(bar + em // 3, em), em * 10)

    def _em(self) -> int:
        return self._view.fontMetrics().height()

    def _fonts(self) -> dict[str, QFont]:
        usual = self._view.font()
        bold, small = scaled(usual, 1.1), scaled(usual, 0.9)
        bold.setWeight(QFont.Weight.DemiBold)
        return {"title": bold, "text": usual, "link": usual, "caption": small}

    def _sheet(self, index: AnyIndex) -> Sheet:
        em, fonts = self._em(), self._fonts()
        edge, gap = em * 3 // 4, em // 3
        card = QRect(em, gap, self._right() - em, 0)
        left, right, y = card.left() + edge, card.left() + card.width() - edge, gap + edge
        picture = QRect()
        has_picture = bool(self.value(index, "imageUrl"))
        if has_picture and self.value(index, "kind") == "classic":
            side = em * 4
            picture = QRect(left, y, side, side)
            left += side + edge
        elif has_picture:
            ratio = self.value(index, "aspectRatio") or UNKNOWN
            high = round(card.width() / min(max(ratio, TALLEST), WIDEST))
            picture = QRect(card.left(), gap, card.width(), high)
            y = picture.bottom() + 1 + em // 2
        tall = max(QFontMetrics(fonts["caption"]).height(), em * 5 // 4)
        close = QRect(right - tall, y, tall, tall) if self.value(index, "dismissible") else QRect()
        caption = QRect(left, y, right - left - (close.width() + gap if close else 0), tall)
        y = caption.bottom() + 1
        texts = []
        for name, text, lines in self._texts(index):
            paragraph = Paragraph(text, fonts[name], right - left, lines)
            y += gap
            texts.append((name, paragraph, QRect(left, y, right - left, paragraph.height)))
            y += paragraph.height
        beside = picture.bottom() + 1 if picture.left() > card.left() else 0
        card.setBottom(max(y, beside) + (edge if texts or beside else em // 2) - 1)
        return Sheet(card, picture, caption, close, texts, card.bottom() + 1 + gap)

    def _texts(self, index: AnyIndex) -> list[tuple[str, str, int]]:
        if self.value(index, "kind") == "image_only":
            return []
        link = self.value(index, "linkText") or QUrl(self.value(index, "link")).host()
        found = [
            ("title", self.value(index, "title"), TITLE_LINES),
            ("text", self.value(index, "text"), TEXT_LINES),
            ("link", link, 1),
        ]
        return [each for each in found if each[1]]

    def _placed(self, rect: QRect, row: QRect) -> QRect:
        """A place of a sheet on a row, mirrored where one reads from the right."""
        if rect.isEmpty():
            return QRect()
        return QStyle.visualRect(self._view.layoutDirection(), row, rect.translated(row.topLeft()))

    # -- the look --------------------------------------------------------------------------------

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row, palette = option.rect, self._view.palette()
        sheet = self._sheet(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        surface = QPainterPath()
        frame = self._placed(sheet.card, row).toRectF().adjusted(1, 1, -1, -1)
        surface.addRoundedRect(frame, self._em() / 2, self._em() / 2)
        is_under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver)
        text, base = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        painter.fillPath(surface, blend(text, base, 0.03) if is_under_mouse else base)
        self._paint_picture(painter, sheet, row, surface, index)
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(accent(palette), 2) if is_current else QPen(line(palette), 1))
        painter.drawPath(surface)
        self._paint_caption(painter, self._placed(sheet.caption, row), index)
        if sheet.close:
            self._paint_close(painter, self._placed(sheet.close, row), is_under_mouse or is_current)
        colours = {"title": text, "text": text, "link": accent(palette, READABLE)}
        for name, paragraph, place in sheet.texts:
            paragraph.draw(painter, self._placed(place, row).topLeft(), colours[name])
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, sheet: Sheet, row: QRect, surface: QPainterPath, index: AnyIndex
    ) -> None:
        place = self._placed(sheet.picture, row)
        if place.isEmpty():
            return
        palette, clip = self._view.palette(), QPainterPath()
        if sheet.picture.left() > sheet.card.left():
            clip.addRoundedRect(place.toRectF(), self._em() / 4, self._em() / 4)
        else:
            clip.addRect(place.toRectF())
        painter.save()
        painter.setClipPath(clip.intersected(surface))
        painter.fillRect(
            place, blend(palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base), 0.08)
        )
        address = self.value(index, "imageUrl")
        state = self._pictures.look(address)
        if state == "ready":
            image = self._pictures.image(address)
            fitted = QRect(QPoint(), image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
            fitted.moveCenter(place.center())
            painter.drawImage(fitted, image)
        elif state == "failed":
            self._paint_missing(painter, place, quiet(palette), self.value(index, "altText"))
        painter.restore()

    def _paint_missing(self, painter: QPainter, place: QRect, colour: QColor, told: str) -> None:
        """A frame with a hill and a sun, which stands for a picture everywhere; below it what it shows."""
        em = min(self._em() * 2, place.height() // 2)
        frame, small = QRect(0, 0, em * 4 // 3, em), self._fonts()["caption"]
        frame.moveCenter(place.center())
        below = place.adjusted(em // 3, frame.bottom() + em // 3 - place.top(), -em // 3, 0)
        if told and QFontMetrics(small).height() < below.height():
            painter.setFont(small)
            painter.setPen(colour)
            words = QFontMetrics(small).elidedText(told, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)
        painter.setPen(QPen(colour, 1.5))
        painter.drawRoundedRect(frame, 3, 3)
        x, y, width, height = frame.getRect()
        painter.drawPolyline(
            [
                QPointF(x + width * across, y + height * down)
                for across, down in ((0.08, 0.85), (0.38, 0.45), (0.58, 0.7), (0.7, 0.58), (0.92, 0.85))
            ]
        )
        painter.drawEllipse(QPointF(x + width * 0.7, y + height * 0.3), height * 0.1, height * 0.1)

    def _paint_caption(self, painter: QPainter, place: QRect, index: AnyIndex) -> None:
        palette, em = self._view.palette(), self._em()
        is_mirrored = self._view.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x, step = (place.right(), -1) if is_mirrored else (place.left(), 1)
        middle = place.center().y() + 0.5
        if not self.value(index, "viewed"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent(palette))
            painter.drawEllipse(QPointF(x + step * em * 0.25, middle), em * 0.25, em * 0.25)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            x += step * em
        if self.value(index, "pinned"):
            self._paint_pin(painter, QPointF(x + step * em * 0.3, middle), quiet(palette))
            x += step * em
        font = self._fonts()["caption"]
        painter.setFont(font)
        painter.setPen(quiet(palette))
        rest = QRect(place)
        if is_mirrored:
            rest.setRight(x)
        else:
            rest.setLeft(x)
        told = QFontMetrics(font).elidedText(
            self.caption(index), Qt.TextElideMode.ElideRight, max(0, rest.width())
        )
        leading = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rest, leading | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, told)

    def _paint_pin(self, painter: QPainter, middle: QPointF, colour: QColor) -> None:
        unit = self._em() / 12
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for begin, end in (
            ((-2.5, -5), (2.5, -5)),
            ((-1.5, -5), (-1.5, -1)),
            ((1.5, -5), (1.5, -1)),
            ((-3.5, -0.5), (3.5, -0.5)),
            ((0, -0.5), (0, 5)),
        ):
            painter.drawLine(middle + QPointF(*begin) * unit, middle + QPointF(*end) * unit)

    def _paint_close(self, painter: QPainter, place: QRect, stands_out: bool) -> None:  # noqa: FBT001
        palette = self._view.palette()
        pointer = self._view.viewport().mapFromGlobal(self._view.cursor().pos())
        if stands_out and place.contains(pointer):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(
                blend(palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base), 0.12)
            )
            painter.drawEllipse(place)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        colour = palette.color(QPalette.ColorRole.Text) if stands_out else quiet(palette)
        painter.setPen(QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        third = place.width() * 0.32
        cross = place.toRectF().adjusted(third, third, -third, -third)
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.topRight(), cross.bottomLeft())

    # -- words -----------------------------------------------------------------------------------

    def caption(self, index: AnyIndex) -> str:
        """What stands above a title, or below a picture without one."""
        updated: QDateTime = self.value(index, "updated")
        date = QLocale().toString(updated.toLocalTime().date(), QLocale.FormatType.ShortFormat)
        return " · ".join([self.tr("Pinned"), date] if self.value(index, "pinned") else [date])

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, _option: QStyleOptionViewItem, index: AnyIndex
    ) -> bool:
        """What was elided, and where the link leads. Not as rich text, which could load files."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return False
        if self.close_rect(index).contains(event.pos()):
            told = [self.tr("Dismiss (Del)")]
        else:
            sheet = self._sheet(index)
            elided = [name for name, paragraph, _ in sheet.texts if paragraph.is_elided]
            told = [self.value(index, name) for name in ("title", "text") if name in elided]
            told += [self.value(index, "link")]
        words = "<br>".join(html.escape(each) for each in told if each)
        QToolTip.showText(event.globalPos(), f"<p>{words}</p>" if words else "", view)
        return True
