log=/var/log/apache2/error.log

# Reload Apache 1,030 times. Send each reload only after Apache has logged the end of the one before.
for ((n = 1; n <= 1030; n++)); do
    before=$(grep --count AH00489 "$log")
    kill -USR1 "$(cat /run/apache2/apache2.pid)"
    until [ "$(grep --count AH00489 "$log")" -gt "$before" ]; do sleep 0.01; done
    sleep 0.01
done
