# ruff: noqa: E501
"""What Apache, mod_wsgi and Python write into the error log, each with its pages."""

from __future__ import annotations

#: A row of the site's table of symptoms: messages, and the pages that they lead to, the likeliest first. ``…`` stands
#: for any text, and a row is a line. A test compares this with ``tutorial/troubleshooting/index.rst``.
TABLE = """
Invalid command 'WSGI…', perhaps misspelled or defined by a module not included in the server configuration => invalid-command misspelt-directive option-of-another-version
… not allowed in <Directory> context => not-allowed-in-directory-context
… cannot occur within <VirtualHost> section => cannot-occur-within-virtualhost-section
Invalid option to WSGI daemon process definition => invalid-option-to-wsgi-daemon-process comment-after-backslash option-of-another-version
Invalid option to WSGI script alias definition => invalid-option-to-wsgi-script-alias
Either all Options must start with + or -, or no Option may => either-all-options-must-start-with-a-sign
Name duplicates previous WSGI daemon definition => name-duplicates-previous-wsgi-daemon
WSGI process group not yet configured => process-group-not-yet-configured
AH00543: bad user name | AH00544: bad group name => ah00543
WSGI process blocked from running as root => blocked-from-running-as-root
AH02291: Cannot access directory … for error log | AH00014 => ah02291
<VirtualHost> was not closed | Expected </Directory> but saw … => was-not-closed
Cannot load … into server: cannot open shared object file => cannot-open-shared-object-file
Cannot load … into server: libpython3….so: cannot open shared object file => libpython-cannot-open-shared-object-file
Cannot load … into server: cannot open shared object file: Permission denied => cannot-open-shared-object-file-permission-denied
Cannot load … into server: undefined symbol => undefined-symbol
AH01574: module wsgi_module is already loaded, skipping => ah01574
AH00072: make_sock: could not bind to address | Address already in use => ah00072
AH00558: Could not reliably determine the server's fully qualified domain name => ah00558
AH00111: Config variable ${APACHE_RUN_DIR} is not defined => config-variable-is-not-defined
AH01630: client denied by server configuration => ah01630 order-deny-allow require-behind-a-symbolic-link
AH01630: client denied by server configuration => relative-script-path alias-trailing-slash
AH01797: client denied by server configuration => ah01797
AH00035: search permissions are missing on a component of the path => ah00035
AH00132: file permissions deny server access => ah00132
AH00037: Symbolic link not allowed or link target not accessible => ah00037
AH01276: Cannot serve directory => ah01276
Attempt to invoke directory as WSGI application | WSGI0136 => attempt-to-invoke-directory
AH10410: Rewritten query string contains control characters or spaces | AH10411 => ah10410
AH10508: Unsafe URL with %3f URL rewritten without UnsafeAllow3F => ah10508
Options ExecCGI is off in this directory => execcgi-is-off
Forbidden (Origin checking failed - … does not match any trusted origins.) | CSRF verification failed. Request aborted. => csrf-verification-failed
Target WSGI script not found or unable to stat | WSGI0135 => target-wsgi-script-not-found mount-point-trailing-slash
Exception occurred processing WSGI script | WSGI0174 => exception-occurred-processing
Could not read/compile source file | WSGI0105 => could-not-read-compile-source-file permission-denied-wsgi-script
Failed to exec Python script file | ModuleNotFoundError: No module named … | WSGI0109 => no-module-named no-module-named-in-the-virtual-environment virtual-environment-of-another-python
ModuleNotFoundError: No module named 'imp' | 'distutils' => modules-that-python-no-longer-has
ImportError: attempted relative import with no known parent package => attempted-relative-import
ImportError: cannot load module more than once per process => cannot-load-module-more-than-once-per-process
ImportError: PyO3 modules do not yet support subinterpreters | PyO3 modules may only be initialized once per interpreter process | cannot import name 'encodings' from 'psycopg2._psycopg' => pyo3-modules-do-not-yet-support-subinterpreters
OSError: Apache/mod_wsgi log object is not associated with a file descriptor | wsgi.errors log object has no file descriptor => log-object-is-not-associated-with-a-file-descriptor
SystemExit exception raised by WSGI script … ignored | WSGI0107 | WSGI0175 => systemexit-exception-raised-by-wsgi-script running-on-127-0-0-1-5000
does not contain WSGI application 'application' | WSGI0089 => does-not-contain-wsgi-application
TypeError: sequence of byte string values expected | response iterable must yield bytes, not str => sequence-of-byte-string-values-expected
TypeError: 'NoneType' object is not iterable => nonetype-object-is-not-iterable
RuntimeError: response has not been started | start_response() must be called … => response-has-not-been-started
ValueError: no space following status code => no-space-following-status-code
TypeError: expected unicode object, value of type int found | must be str, not int => expected-unicode-object
RuntimeError: populate() isn't reentrant => populate-isn-t-reentrant
TypeError: … missing 1 required positional argument: 'send' => missing-1-required-positional-argument-send
sqlite3.OperationalError: unable to open database file | attempt to write a readonly database => unable-to-open-database-file
PermissionError: [Errno 13] Permission denied: '/app.log' => permissionerror-app-log
PermissionError: [Errno 13] Permission denied => permissionerror-file-of-root
PermissionError: [Errno 13] Permission denied: '/var/www/.cache' => permissionerror-var-www-cache
FileNotFoundError: [Errno 2] No such file or directory => no-such-file-or-directory-in-the-application
KeyError | os.environ => keyerror-os-environ
UnicodeDecodeError: 'ascii' codec can't decode byte => ascii-codec-cannot-decode
UnicodeEncodeError: 'ascii' codec can't encode character => ascii-codec-cannot-encode
Embedded mode of mod_wsgi disabled by runtime configuration | WSGI0143 => embedded-mode-of-mod-wsgi-disabled
No WSGI daemon process called … has been configured | WSGI0151 | WSGI0150 => no-wsgi-daemon-process-called
Daemon process called … cannot be accessed by this WSGI application | WSGI0152 => cannot-be-accessed-by-this-wsgi-application
.htaccess: … not allowed here => not-allowed-here
AH00027: No authentication done but request not allowed without authentication => ah00027
Truncated or oversized response headers received from daemon process | WSGI0147 | WSGI0146 => truncated-or-oversized-response-headers-received-from-daemon-process response-header-line-too-long
No module named 'encodings' | Failed to import encodings module | Unable to stat Python home | WSGI0036 => no-module-named-encodings python-home-is-no-virtual-environment
Python home … is not a directory | WSGI0101 => python-home-is-no-virtual-environment
AH00052 … exit signal Segmentation fault | encodings => python-home-is-no-virtual-environment
Permission denied: … Unable to stat Python home => permission-denied-unable-to-stat-python-home
Unable to change working directory | WSGI0009 => unable-to-change-working-directory
Unable to change working directory to home directory | WSGI0010 => unable-to-change-working-directory-to-home-directory
Fatal Python error: _PyInterpreterState_DeleteExceptMain: not main interpreter => multiprocessing-hangs
Running on http://127.0.0.1:5000 | Address already in use => running-on-127-0-0-1-5000
server reached MaxRequestWorkers setting | AH00484 => server-reached-maxrequestworkers-setting
Initializing Python failed: memory allocation failed | Fatal Python error: PyThreadState_Get | Could not allocate TSS entry | Python interpreter configuration failed | WSGI0036 | WSGI0028 | WSGI0001 => initializing-python-failed-memory-allocation-failed
scoreboard is full, not at MaxRequestWorkers | AH03490 => scoreboard-is-full
Truncated or oversized response headers received from daemon process | AH00052 | WSGI0147 | WSGI0146 => truncated-or-oversized-response-headers-received-from-daemon-process
Truncated or oversized response headers | Response header line too long | WSGI0144 => response-header-line-too-long
Daemon process request time limit exceeded => the-client-gets-500-or-502-after-request-timeout
error reading status line from remote server | AH01102 => error-reading-status-line-from-remote-server
attempt to connect to … failed | AH00957 => ah00957-attempt-to-connect-to-failed
Couldn't bind unix domain socket | WSGI0013 => couldn-t-bind-unix-domain-socket
Unable to connect to WSGI daemon process | Permission denied | WSGI0117 => unable-to-connect-to-wsgi-daemon-process length-of-path-for-daemon-process-socket
Length of path for daemon process socket exceeds maxmimum allowed value | maximum | WSGI0064 | Unable to change owner of unix domain socket | WSGI0015 => length-of-path-for-daemon-process-socket
Unable to connect to WSGI daemon process | No such file or directory | WSGI0117 => unable-to-connect-to-wsgi-daemon-process
listener backlog limit was exceeded or the socket does not exist | WSGI0116 => listener-backlog-limit-was-exceeded
Timeout when reading response headers from daemon process | WSGI0145 => timeout-when-reading-response-headers-from-daemon-process mod-wsgi-express-ends-a-request-after-60-seconds
Queue timeout expired for WSGI daemon process | WSGI0084 => queue-timeout-expired-for-wsgi-daemon-process
Request data read error when proxying data to daemon process | Partial results are valid but processing is incomplete | WSGI0126 => request-data-read-error
UnreadablePostError => unreadableposterror
413 Request Entity Too Large | larger than the configured limit of 1073741824 | AH01588 => request-entity-too-large
408 Request Timeout | Request body read timeout | AH01382 | Request data read error …: The timeout specified has expired => request-timeout-in-an-upload
400 Bad Request | Size of a request header field exceeds server limit | AH00561 => size-of-a-request-header-field-exceeds-server-limit
Request data write error when proxying data to daemon process | Broken pipe | WSGI0127 | WSGI0129 => request-data-write-error
logging.info => logging-info-writes-nothing
UnicodeDecodeError => ascii-codec-cannot-decode
ERR_TOO_MANY_REDIRECTS | The page isn't redirecting properly => too-many-redirects too-many-redirects-in-apache
Require ip => apache-s-own-rules-see-the-proxy
411 Length Required | WSGI0139 => length-required
421 Misdirected Request | AH02032 => misdirected-request
"""


def logged() -> list[tuple[list[str], list[str]]]:
    """Return the rows: messages, and their pages."""
    rows = [line.split(" => ") for line in TABLE.strip().split("\n")]
    return [(messages.split(" | "), pages.split()) for messages, pages in rows]
