DATA = "/var/lib/webapp"
