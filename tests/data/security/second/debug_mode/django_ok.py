import os

DEBUG = os.environ.get("APP_DEBUG") == "1"
ALLOWED_HOSTS = ["app.test"]
INSTALLED_APPS = ["django.contrib.admin"]
