"""The door of the web server (granian, WSGI)."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopping_mall.settings")

application = get_wsgi_application()
sys.setswitchinterval(0.0005)
