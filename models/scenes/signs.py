"""Painted boards: shop fascias, billboards, banners, light boxes, A-boards, with real Chinese words."""

from functools import lru_cache
from random import Random

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from models.scenes.fonts import font
from models.scenes.mesh import Builder, Colour, Image, Model, tint

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马胡朱郭何林罗郑"
TRADES: dict[str, list[str]] = {
    "fruit": ["鲜果园", "水果店", "果蔬生鲜", "鲜果超市"],
    "noodles": ["兰州拉面", "重庆小面", "面馆", "牛肉面", "馄饨店", "生煎小笼"],
    "tea": ["奶茶铺", "鲜茶饮", "咖啡馆", "柠檬茶"],
    "clothes": ["服饰店", "女装折扣", "童装城", "内衣精选"],
    "hardware": ["五金水电", "建材批发", "锁具灯具"],
    "phone": ["手机维修", "通讯数码", "手机专卖"],
    "pharmacy": ["大药房", "平价药店", "康复堂药房"],
    "hair": ["美发沙龙", "理发店", "造型工作室"],
    "market": ["便利店", "烟酒超市", "生活超市", "平价超市"],
    "bakery": ["面包房", "蛋糕坊", "西饼屋"],
    "house": ["房产中介", "二手房", "置业顾问"],
    "laundry": ["干洗店", "洗衣坊"],
}
PREFIXES = [
    "永兴",
    "福源",
    "顺发",
    "老街",
    "和平",
    "新世纪",
    "家家乐",
    "百姓",
    "东方",
    "金桂",
    "阿华",
    "小杨",
    "好邻居",
    "联华",
    "佳佳",
    "鼎盛",
]
SLOGANS = [
    "盛大开业",
    "全场五折",
    "清仓大甩卖",
    "招租热线",
    "新店酬宾",
    "买一送一",
    "年终钜惠",
    "办证培训",
    "火爆招生",
    "厂家直销",
    "低价转让",
    "会员日特惠",
]
WARES = [
    "现炒栗子",
    "烤红薯",
    "鲜榨果汁",
    "臭豆腐",
    "手抓饼",
    "煎饼果子",
    "糖葫芦",
    "新鲜水果",
    "凉皮凉面",
    "烤冷面",
    "关东煮",
    "炒饭炒面",
    "铁板鱿鱼",
]
_SCHEMES: list[tuple[Colour, Colour]] = [  # ground, letters
    ((40, 40, 190), (240, 245, 250)), ((40, 40, 190), (80, 220, 250)), ((150, 90, 30), (245, 245, 245)),
    ((70, 130, 50), (245, 245, 245)), ((36, 36, 38), (120, 210, 240)), ((235, 236, 238), (40, 40, 190)),
    ((30, 150, 235), (245, 245, 250)), ((40, 200, 245), (40, 40, 160)), ((70, 100, 140), (230, 240, 245)),
    ((120, 60, 120), (245, 240, 245)), ((225, 228, 230), (60, 60, 62)), ((160, 140, 40), (250, 250, 250)),
    ((52, 70, 96), (130, 200, 230)),
]  # fmt: skip


def shop_name(rng: Random) -> tuple[str, str]:
    """A trade and a made-up shop name."""
    trade = rng.choice(list(TRADES))
    start = rng.choice(PREFIXES) if rng.random() < 0.7 else rng.choice(SURNAMES) + "记"
    return trade, start + rng.choice(TRADES[trade])


def fit_text(draw: ImageDraw.ImageDraw, words: str, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Letters as large as the box (x0, y0, x1, y1) lets them be, in its middle; colour BGR."""
    x0, y0, x1, y1 = box
    if not words or x1 - x0 < 3 or y1 - y0 < 3:
        return
    size = max(4, int(min(y1 - y0, (x1 - x0) / len(words) * 1.02)))
    draw.text(((x0 + x1) / 2, (y0 + y1) / 2), words, tuple(round(c) for c in colour[::-1]), font(size), anchor="mm")


def _canvas(size_m: tuple[float, float], scale: float, ground: Colour) -> tuple[PilImage.Image, int, int]:
    w, h = max(8, round(size_m[0] * scale)), max(8, round(size_m[1] * scale))
    return PilImage.new("RGB", (w, h), tuple(round(c) for c in ground[::-1])), w, h


def _bgr(image: PilImage.Image) -> Image:
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def fascia(seed: int, words: str, size_m: tuple[float, float], scale: float = 60.0) -> Image:
    """The board over a shop's door: name large, a small line under or beside it."""
    rng = Random(seed * 4093 + 29)
    ground, letters = rng.choice(_SCHEMES)
    image, w, h = _canvas(size_m, scale, ground)
    draw = ImageDraw.Draw(image)
    style = rng.randrange(4)
    edge = tuple(round(c * 0.7) for c in ground[::-1])
    if style == 0:
        draw.rectangle((2, 2, w - 3, h - 3), outline=tuple(round(c) for c in letters[::-1]), width=max(1, h // 24))
    elif style == 1:
        for x in range(0, w, max(3, h // 6)):
            draw.line((x, 0, x, h), fill=edge, width=1)
    elif style == 2:
        draw.rectangle((0, round(h * 0.78), w, h), fill=edge)
    left = 0.06 * w
    if rng.random() < 0.4:
        r = h * 0.3
        draw.ellipse((left, h / 2 - r, left + 2 * r, h / 2 + r), fill=tuple(round(c) for c in letters[::-1]))
        fit_text(draw, words[0], (left, h / 2 - r * 0.8, left + 2 * r, h / 2 + r * 0.8), ground)
        left += 2.4 * r
    phone = rng.random() < 0.5
    fit_text(draw, words, (left, h * 0.1, w * 0.95, h * (0.72 if phone else 0.88)), letters)
    if phone:
        number = f"电话 021-{rng.randint(5000, 6999)}{rng.randint(1000, 9999)}"
        draw.text(
            (w / 2, h * 0.87), number, tuple(round(c) for c in letters[::-1]), font(max(5, int(h * 0.15))), anchor="mm"
        )
    return _bgr(image)


def poster(seed: int, size_m: tuple[float, float], words: str | None = None, scale: float = 60.0) -> Image:
    """The face of a billboard or light box: slogan, a picture of sorts, price bursts."""
    rng = Random(seed * 8191 + 31)
    ground, letters = rng.choice(_SCHEMES)
    image, w, h = _canvas(size_m, scale, ground)
    draw = ImageDraw.Draw(image)
    base = np.array(ground[::-1])
    other = np.array(rng.choice(_SCHEMES)[0][::-1])
    for y in range(h):
        k = y / h
        draw.line((0, y, w, y), fill=tuple(int(c) for c in base * (1 - k * 0.5) + other * k * 0.5))
    for _ in range(rng.randint(2, 5)):
        r, x, bottom = rng.uniform(0.08, 0.25) * min(w, h), rng.uniform(0, w), rng.uniform(h * 0.3, h)
        colour = tuple(int(c) for c in rng.choice(_SCHEMES)[0][::-1])
        draw.ellipse((x - r, bottom - r, x + r, bottom + r), fill=colour)
    text = words or rng.choice(SLOGANS)
    if h > 1.5 * w:
        step = h * 0.9 / len(text)
        for i, letter in enumerate(text):
            fit_text(draw, letter, (w * 0.1, h * 0.05 + i * step, w * 0.9, h * 0.05 + (i + 1) * step), letters)
    else:
        fit_text(draw, text, (w * 0.06, h * 0.08, w * 0.94, h * 0.58), letters)
        fit_text(
            draw, rng.choice(SLOGANS) + f" {rng.randint(9, 99)}元起", (w * 0.1, h * 0.64, w * 0.9, h * 0.9), letters
        )
    draw.rectangle((0, 0, w - 1, h - 1), outline=(200, 200, 200), width=max(1, min(w, h) // 40))
    return _bgr(image)


@lru_cache(maxsize=512)
def small_board(seed: int, size_m: tuple[float, float]) -> Image:
    """A stall's own painted front."""
    rng = Random(seed * 3571 + 37)
    ground, letters = rng.choice(_SCHEMES)
    image, w, h = _canvas(size_m, 70.0, ground)
    fit_text(ImageDraw.Draw(image), rng.choice(WARES), (w * 0.05, h * 0.1, w * 0.95, h * 0.9), letters)
    return _bgr(image)


@lru_cache(maxsize=256)
def board(seed: int, style: str, width_m: float, height_m: float, bottom_m: float, words: str | None = None) -> Model:
    """A board facing -y, its foot line on y = 0. style: billboard, lightbox, banner, aboard."""
    b, half, top = Builder(), width_m / 2, bottom_m + height_m
    if style == "aboard":
        lean = 0.28
        face = poster(seed, (width_m, height_m), words)
        b.picture([(-half, -0.02, top), (half, -0.02, top), (half, -lean, 0.02), (-half, -lean, 0.02)], face)
        b.picture([(half, 0.02, top), (-half, 0.02, top), (-half, lean, 0.02), (half, lean, 0.02)], face)
        return b.model()
    if style == "banner":
        rng = Random(seed)
        red = rng.choice([(40, 40, 200), (40, 40, 200), (170, 90, 30), (60, 150, 60)])
        image, w, h = _canvas((width_m, height_m), 60.0, red)
        text = words or "".join(rng.sample(SLOGANS, 2))
        fit_text(ImageDraw.Draw(image), text, (w * 0.04, h * 0.12, w * 0.96, h * 0.88),
                 (240, 245, 250) if rng.random() < 0.5 else (80, 225, 250))  # fmt: skip
        face, depth = _sag(_bgr(image)), 0.02
    else:
        face, depth = poster(seed, (width_m, height_m), words), 0.22 if style == "lightbox" else 0.12
    b.picture([(-half, -depth, top), (half, -depth, top), (half, -depth, bottom_m), (-half, -depth, bottom_m)], face,
              glow=0.0 if style == "banner" else 0.75, bias=0.05)  # fmt: skip
    if style != "banner":
        frame = (120, 122, 124)
        b.box((-half - 0.04, -depth + 0.01, bottom_m - 0.04), (half + 0.04, 0.0, top + 0.04), frame, tint(frame, 1.1))
        if bottom_m > 1.6 and width_m < 2.0 and seed % 3 == 0:
            b.tube((0, 0, 0), (0, 0, bottom_m), 0.06, (110, 112, 114))
    return b.model()


def _sag(image: Image) -> Image:
    """Cloth folds: soft light and dark across a banner."""
    w = image.shape[1]
    folds = 0.93 + 0.07 * np.sin(np.linspace(0, 9, w))[None, :, None]
    return np.asarray(cv2.convertScaleAbs(image * folds))
