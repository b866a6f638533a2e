SECRET_KEY = "only for this example"
ALLOWED_HOSTS = ["probe.localhost"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "urls"
GREETING = "Good morning."
