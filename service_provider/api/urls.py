"""The API for machines; its document is at /api/docs."""

from ninja import NinjaAPI

api = NinjaAPI(title="Mall API", version="1", docs_url="/docs")
