"""Somebody who looks at the pages, in a real Chromium."""

from collections.abc import Callable
from urllib.parse import quote

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

CONTRAST = """(() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const text = element instanceof SVGElement ? style.fill : style.color;
    const [low, high] = [light(numbers(text)), light(behind(element))].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) found.push(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
  }
  return found;
})()"""


class Reader:
    """Somebody who looks at the pages of one sandbox."""

    def __init__(self, chromium: Chrome, url: str) -> None:
        self._chromium = chromium
        self._url = url

    def open(self, path: str = "/") -> None:
        self._chromium.get(self._url + path)

    def open_user(self, user: str) -> None:
        self.open("/users/" + quote(user, safe=""))

    def look(self, width: int = 1180, scheme: str = "light") -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def find(self, selector: str):
        return self._chromium.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str):
        return self._chromium.find_elements(By.CSS_SELECTOR, selector)

    def click(self, selector: str, number: int = 0) -> None:
        """Clicks on what the selector finds, also if it is just being replaced."""

        def try_to_click() -> bool:
            self.wait(lambda: len(self.all(selector)) > number)
            self.all(selector)[number].click()
            return True

        self.wait(try_to_click)

    def text(self, selector: str = "main") -> str:
        return self.find(selector).text

    def texts(self, selector: str) -> list[str]:
        """What many elements say, asked for at once."""
        return self.ask(f"[...document.querySelectorAll({selector!r})].map(each => each.innerText)")

    def figures(self) -> dict[str, str]:
        """What the named figures of the page say."""
        return {each.get_attribute("id"): each.text for each in self.all("dd[id]")}

    def ask(self, script: str):
        return self._chromium.execute_script(f"return {script}")

    def wait(self, holds: Callable[[], object]) -> None:
        """Until it holds, also of a page that is just being replaced."""
        fleeting = (NoSuchElementException, StaleElementReferenceException)
        WebDriverWait(self._chromium, 20, 0.05, fleeting).until(lambda _: holds())

    def complaints(self) -> list[str]:
        return [each["message"] for each in self._chromium.get_log("browser") if each["level"] == "SEVERE"]

    def faint_texts(self) -> list[str]:
        """What stands out too little to be read (WCAG AA), with everything unfolded."""
        self.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        return self.ask(CONTRAST)

    def fits(self) -> bool:
        """Whether nothing needs scrolling to the side, with everything unfolded."""
        self.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        return self.ask("document.documentElement.scrollWidth <= innerWidth")
