"""The door of the web server (granian, WSGI)."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopping_mall.settings")

application = get_wsgi_application()

# What is loaded now stays as long as the process: the sweeper, who stops all threads, need not look at it again
# (docs/decisions/0145).
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
# A thread that writes gives the interpreter up at each statement; it gets it back within this time, not within 5 ms.
sys.setswitchinterval(0.0005)
