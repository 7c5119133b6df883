"""Tiny files in the layouts of public data sets, made up here."""

import gzip
import lzma
from pathlib import Path

REES46 = """\
event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,44600062,2103,,shiseido,35.79,541312140,72d76fde
2019-10-01 00:00:05 UTC,cart,3900821,2053,appliances.environment.water_heater,aqua,33.20,554748717,9333dfbd
2019-10-01 00:00:09 UTC,remove_from_cart,3900821,2053,appliances.environment.water_heater,aqua,33.20,554748717,9333dfbd
2019-10-01 00:01:00 UTC,purchase,1005115,2053,electronics.smartphone,apple,0.00,519107250,
"""

JOURNEY = {
    "transactions": """\
household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp
2261,309,31625220889,940996,1.0,3.86,0.43,0.0,0.0,5,2017-01-28 19:06:53
2261,309,31625220889,873902,3.0,10.0,0.0,0.0,0.0,5,2017-01-28 19:06:53
511,316,32445856036,397896,8776.0,23.25,0.0,0.0,0.0,13,2017-03-26 02:30:00
511,316,32445856036,940996,0.0,0.0,0.0,1.0,0.0,13,2017-03-26 17:22:21
511,316,32445856036,111111,2.0,5.0,0.0,0.0,0.0,13,2017-03-26 17:22:21
""",
    "products": """\
product_id,manufacturer_id,department,brand,product_category,product_type,package_size
940996,2,DELI,National,LUNCHMEAT,BOLOGNA,12 OZ
873902,69,PASTRY,Private,BREAD,BREAD:ITALIAN,
397896,69,FUEL,Private,COUPON/MISC ITEMS,GASOLINE,
""",
    "campaigns": "campaign_id,household_id\n1,2261\n1,511\n",
    "campaign_descriptions": "campaign_id,campaign_type,start_date,end_date\n1,Type B,2017-03-03,2017-04-09\n",
    "coupons": "coupon_upc,product_id,campaign_id\n100,940996,1\n100,940996,1\n100,873902,1\n",
    "coupon_redemptions": "household_id,coupon_upc,campaign_id,redemption_date\n2261,100,1,2017-03-05\n",
    "demographics": "household_id,age\n2261,65+\n",
}

PACK = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def put(path: Path, text: str) -> Path:
    """Writes the text, packed where the name says so."""
    path.write_bytes(PACK.get(path.suffix, bytes)(text.encode()))
    return path


def put_journey(folder: Path, suffix: str = "", **changed: str | None) -> Path:
    """The grocer's folder; a file given as None is missing."""
    folder.mkdir(exist_ok=True)
    for name, text in (JOURNEY | changed).items():
        if text is not None:
            put(folder / f"{name}.csv{suffix}", text)
    return folder
