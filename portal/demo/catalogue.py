"""Shops and products of the demo, in both languages. All invented."""

from decimal import Decimal
from typing import NamedTuple


class Shop(NamedTuple):
    """A shop: reference, name, where returns go."""

    ref: str
    name: str
    address: str


class Product(NamedTuple):
    """A product: SKU, category (also its picture), titles, price."""

    sku: str
    category: str
    title: str
    title_zh: str
    price: Decimal


_NAMES = [
    ("cloudline", "云线服饰 Cloudline", "杭州市余杭区良睦路1399号 2号仓"),
    ("northpeak", "北峰户外 North Peak", "成都市双流区物流大道88号"),
    ("lumina", "流明家居 Lumina Home", "佛山市顺德区陈村镇家居路16号"),
    ("greenbowl", "青碗生鲜 Green Bowl", "上海市闵行区颛兴路555号 冷库B"),
    ("inkstone", "砚台文具 Inkstone", "苏州市姑苏区书院巷20号"),
    ("softpaw", "软爪宠物 Softpaw", "天津市武清区福源道9号"),
    ("voltbox", "伏特数码 Voltbox", "深圳市龙华区清湖路120号"),
    ("kilnhouse", "窑房陶瓷 Kilnhouse", "景德镇市珠山区陶瓷大道3号"),
    ("littleoak", "小橡树童装 Little Oak", "湖州市织里镇富民路77号"),
    ("mapleteas", "枫叶茶舍 Maple Teas", "黄山市屯溪区老街51号"),
    ("strideon", "迈步运动 Stride On", "晋江市陈埭镇鞋都路100号"),
    ("morningpan", "早安厨具 Morning Pan", "永康市总部中心12号"),
    ("silverfern", "银蕨美妆 Silver Fern", "广州市白云区机场路600号"),
    ("pagecorner", "页角书店 Page Corner", "北京市通州区台湖镇书香路1号"),
    ("bluewhale", "蓝鲸箱包 Blue Whale", "保定市白沟镇箱包城A座"),
    ("sunnyside", "向阳花园 Sunnyside", "宿迁市沭阳县花木大道8号"),
    ("tinyengine", "小引擎玩具 Tiny Engine", "汕头市澄海区玩具路36号"),
    ("cottonday", "棉日家纺 Cotton Day", "南通市通州区川姜镇家纺城"),
    ("quietaudio", "静音音频 Quiet Audio", "东莞市长安镇振安路200号"),
    ("harborfish", "海港水产 Harbor Fish", "舟山市普陀区渔港路15号"),
    ("riverglass", "河玻璃 River Glass", "淄博市博山区琉璃路7号"),
    ("longroad", "长路骑行 Long Road", "昆山市花桥镇骑行路2号"),
    ("honeybarn", "蜜仓食品 Honey Barn", "长白山保护开发区池北区"),
    ("starlitwatch", "星夜钟表 Starlit Watch", "深圳市光明区时间谷5号"),
]
SHOPS = [Shop(*row) for row in _NAMES]

_GOODS = [
    ("apparel", "Linen shirt, sand", "亚麻衬衫 沙色", "189.00"),
    ("apparel", "Merino sweater, moss", "美利奴羊毛衫 苔绿", "329.00"),
    ("apparel", "Wide-leg trousers, navy", "阔腿裤 藏青", "219.00"),
    ("apparel", "Light down jacket", "轻薄羽绒服", "499.00"),
    ("shoes", "Trail running shoes", "越野跑鞋", "459.00"),
    ("shoes", "Canvas sneakers, white", "帆布鞋 白色", "159.00"),
    ("home", "Table lamp with linen shade", "亚麻罩台灯", "268.00"),
    ("home", "Duvet cover set, 1.8 m", "四件套 1.8米床", "399.00"),
    ("home", "Solid oak side table", "实木橡木边几", "689.00"),
    ("ceramics", "Celadon tea set, six cups", "青瓷茶具 六杯", "358.00"),
    ("ceramics", "Stoneware dinner plates, 4", "粗陶餐盘 4只", "136.00"),
    ("kitchen", "Cast-iron pan, 26 cm", "铸铁平底锅 26厘米", "239.00"),
    ("electronics", "Noise-cancelling earphones", "主动降噪耳机", "599.00"),
    ("electronics", "Power bank, 20,000 mAh", "移动电源 20000毫安时", "149.00"),
    ("electronics", "Desk fan, three speeds", "桌面风扇 三档", "89.00"),
    ("fresh", "Sichuan oranges, 5 kg", "爱媛橙 5公斤", "68.00"),
    ("fresh", "Live hairy crabs, 8", "鲜活大闸蟹 8只", "288.00"),
    ("food", "Chestnut honey, 500 g", "板栗蜂蜜 500克", "79.00"),
    ("food", "Green tea, spring harvest", "明前绿茶", "168.00"),
    ("beauty", "Camellia face oil", "山茶花面油", "198.00"),
    ("toys", "Wooden train, 32 pieces", "木质小火车 32件", "139.00"),
    ("bags", "Cabin suitcase, 20 inch", "登机箱 20寸", "369.00"),
    ("books", "A History of Salt", "盐的历史", "58.00"),
    ("pets", "Cat tree, 1.4 m", "猫爬架 1.4米", "279.00"),
]
PRODUCTS = [
    Product(f"{category[:3].upper()}-{n:03}", category, title, zh, Decimal(price))
    for n, (category, title, zh, price) in enumerate(_GOODS, 1)
]
