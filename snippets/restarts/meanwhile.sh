# bash meanwhile.sh SECONDS COMMAND: do something to Apache while a request of so many seconds is under way

curl -s -o /dev/null -w 'the request under way: %{http_code}\n' "http://shop.localhost/wait/$1?$$" &
until curl -s http://localhost/server-status | grep -q "/wait/$1?$$"; do sleep 0.1; done

"${@:2}" &  # all words from the second on: the command, in the background
while [ -d /proc/$! ]; do  # a process has a directory there until it has ended
    curl -s -o /dev/null --http1.0 http://localhost/ || echo 'a new one: refused'  # 1.0 keeps no connection open
    sleep 0.1
done | sort -u
wait
