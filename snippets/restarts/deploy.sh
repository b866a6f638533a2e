# bash deploy.sh RELEASE: have the processes of the site end when they have nothing to do, and new ones begin with that release

site=/srv/shop  # the directory with the releases
group=shop      # the first eleven characters of the name in WSGIDaemonProcess
user=www-data   # the user of the group
python=python3  # if each release has an environment: $site/$1/venv/bin/python

set -eu
runuser --user "$user" -- "$python" "$site/$1/wsgi.py"
old=$(pgrep --full "^\(wsgi:$group")  # their numbers; with none the script ends here

ln --symbolic --force --no-dereference "$1" "$site/next"  # even if one is left from before
mv --no-target-directory "$site/next" "$site/current"
kill -USR1 $old
for pid in $old; do tail --pid="$pid" --follow /dev/null; done  # tail ends with that process
