"""The README's tour as one picture: four questions asked of the real page, a frame for each."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

MAIN = "#sl-main"
FRAME = (704, 476)
GAP, HEAD = 16, 36
SLOW_MS = 120_000
INK, PAPER = (30, 41, 59), (255, 255, 255)


def take_tour(page: Any, url: str, file: Path) -> None:
    """Ask the four questions of the bench at `url` and write the frames side by side.

    Args:
        page: A Playwright page.
        url: Where the bench is served; its evaluation is done.
        file: The picture to write; a WebP.
    """
    page.set_default_timeout(SLOW_MS)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{url}/?view=overview&__theme=light")
    harm = page.locator('[aria-label="Worst harm"]')
    harm.wait_for()
    harm.scroll_into_view_if_needed()
    frames = [("1  Which query lost most?", shot(page))]
    harm.locator(".sl-lead-query").click()
    page.wait_for_selector("#sl-flow .lines")
    frames.append(("2  Which intruder took its place?", shot(page)))
    page.locator('[data-strip="after"] [data-card]').first.click()
    page.keyboard.press("p")
    page.wait_for_selector(".sl-pair-overlay [data-map]")
    frames.append(("3  What in the pair carried the score?", shot(page)))
    page.get_by_role("tab", name="Perturb").click()
    page.wait_for_selector("#sl-pt-bar .sl-pt-done")
    frames.append(("4  At what blur does the match break?", shot(page)))
    compose(frames).save(file, quality=80, method=6)


def shot(page: Any) -> Image.Image:
    """Return what the window shows of the view, without the sidebar."""
    page.wait_for_timeout(1200)  # pictures and plots settle
    box = page.locator(MAIN).bounding_box()
    height = box["width"] * FRAME[1] / FRAME[0]
    y = min(max(0, box["y"]), 900 - height)
    clip = {"x": box["x"], "y": max(0, y), "width": box["width"], "height": min(height, 900)}
    return Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB")


def compose(frames: list[tuple[str, Image.Image]]) -> Image.Image:
    """Return the frames two by two, each under its question."""
    width, height = FRAME
    rows = (len(frames) + 1) // 2
    sheet = Image.new("RGB", (2 * width + GAP, rows * (height + HEAD + GAP) - GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(20)
    for place, (question, frame) in enumerate(frames):
        x, y = place % 2 * (width + GAP), place // 2 * (height + HEAD + GAP)
        pen.text((x, y + 6), question, INK, font)
        sheet.paste(frame.resize(FRAME, Image.Resampling.LANCZOS), (x, y + HEAD))
        pen.rectangle((x, y + HEAD, x + width - 1, y + HEAD + height - 1), outline=(203, 213, 225))
    return sheet
