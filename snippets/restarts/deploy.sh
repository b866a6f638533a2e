# bash deploy.sh RELEASE: have the processes of the shop end when they have nothing to do, and new ones begin with that release

set -e
runuser --user www-data -- python3 "/srv/shop/$1/wsgi.py"  # as Apache's user
old=$(pgrep --full '^\(wsgi:shop')  # their numbers; with none the script ends here

ln --symbolic --force --no-dereference "$1" /srv/shop/next  # even if one is left from before
mv --no-target-directory /srv/shop/next /srv/shop/current
kill -USR1 $old
for pid in $old; do tail --pid="$pid" --follow /dev/null; done  # tail ends with that process
