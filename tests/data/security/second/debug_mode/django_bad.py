DEBUG = True
ALLOWED_HOSTS = ["app.test"]
INSTALLED_APPS = ["django.contrib.admin"]
