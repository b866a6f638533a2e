"""Where on the site each mistake and each message is explained."""

from __future__ import annotations

#: A page of the site, and below it what is explained there. A test compares this with the pages.
PAGES = """
after-an-update:
    modules-that-python-no-longer-has
troubleshooting/403-and-404:
    ah01630 order-deny-allow ah01797 relative-script-path require-behind-a-symbolic-link ah00035
    attempt-to-invoke-directory ah01276 alias-trailing-slash ah00132 ah00037 ah10410 ah10508
    csrf-verification-failed target-wsgi-script-not-found mount-point-trailing-slash execcgi-is-off
    another-virtual-host-answers
    misdirected-request
troubleshooting/500:
    exception-occurred-processing could-not-read-compile-source-file permission-denied-wsgi-script no-module-named
    no-module-named-in-the-virtual-environment virtual-environment-of-another-python attempted-relative-import
    does-not-contain-wsgi-application sequence-of-byte-string-values-expected nonetype-object-is-not-iterable
    response-has-not-been-started no-space-following-status-code expected-unicode-object
    missing-1-required-positional-argument-send unable-to-open-database-file permissionerror-var-www-cache
    permissionerror-app-log permissionerror-file-of-root
    no-such-file-or-directory-in-the-application keyerror-os-environ ascii-codec-cannot-decode
    ascii-codec-cannot-encode cannot-load-module-more-than-once-per-process
    pyo3-modules-do-not-yet-support-subinterpreters log-object-is-not-associated-with-a-file-descriptor
    systemexit-exception-raised-by-wsgi-script embedded-mode-of-mod-wsgi-disabled no-wsgi-daemon-process-called
    cannot-be-accessed-by-this-wsgi-application not-allowed-here ah00027
troubleshooting/does-not-load:
    job-for-apache2-service-failed invalid-command misspelt-directive not-allowed-in-directory-context
    either-all-options-must-start-with-a-sign cannot-occur-within-virtualhost-section
    invalid-option-to-wsgi-daemon-process invalid-option-to-wsgi-script-alias comment-after-backslash
    option-of-another-version name-duplicates-previous-wsgi-daemon process-group-not-yet-configured ah00543
    blocked-from-running-as-root ah02291 was-not-closed cannot-open-shared-object-file
    undefined-symbol libpython-cannot-open-shared-object-file cannot-open-shared-object-file-permission-denied
    ah01574 site-does-not-exist
    ah00072 ah00558 config-variable-is-not-defined
troubleshooting/hangs:
    no-module-named-encodings python-home-is-no-virtual-environment permission-denied-unable-to-stat-python-home
    unable-to-change-working-directory unable-to-change-working-directory-to-home-directory
    every-request-hangs-and-the-log-is-empty it-hangs-in-a-module-written-in-c multiprocessing-hangs
    running-on-127-0-0-1-5000 server-reached-maxrequestworkers-setting scoreboard-is-full
    initializing-python-failed-memory-allocation-failed
    truncated-or-oversized-response-headers-received-from-daemon-process response-header-line-too-long
    the-client-gets-500-or-502-after-request-timeout error-reading-status-line-from-remote-server
    ah00957-attempt-to-connect-to-failed couldn-t-bind-unix-domain-socket unable-to-connect-to-wsgi-daemon-process
    length-of-path-for-daemon-process-socket listener-backlog-limit-was-exceeded
    timeout-when-reading-response-headers-from-daemon-process
    mod-wsgi-express-ends-a-request-after-60-seconds
    queue-timeout-expired-for-wsgi-daemon-process
troubleshooting/uploads:
    request-data-read-error unreadableposterror request-entity-too-large length-required
    request-timeout-in-an-upload size-of-a-request-header-field-exceeds-server-limit request-data-write-error
troubleshooting/wrong:
    the-default-page-instead-of-the-application enabled-but-not-reloaded wsgidaemonprocess-has-no-effect
    it-runs-embedded-behind-a-symbolic-link a-group-without-a-name wsgiapplicationgroup-global-has-no-effect
    the-application-is-loaded-twice the-process-restarts-after-each-request
    wsgi-multiprocess-is-true-with-one-process touching-the-wsgi-file-has-no-effect populate-isn-t-reentrant
    a-change-of-the-configuration-has-no-effect the-virtual-environment-is-ignored
    python-path-with-two-directories-finds-neither wsgipythonpath-has-no-effect satisfy-any-lets-everyone-in
    the-source-code-is-public logging-info-writes-nothing
    http-instead-of-https-behind-a-proxy apache-s-own-rules-see-the-proxy apache-s-own-redirects-use-http
    too-many-redirects too-many-redirects-in-apache
"""


def addresses() -> dict[str, str]:
    """Return the address of each explanation: what goes wrong has a page of its own, in the folder of its kind."""
    found, page = {}, ""
    for line in PAGES.strip().split("\n"):
        if not line.startswith(" "):
            page = line.rstrip(":")
            continue
        for name in line.split():
            own = page.startswith("troubleshooting/")
            found[name] = f"{page}/{name}.html" if own else f"{page}.html#{name}"
    return found
