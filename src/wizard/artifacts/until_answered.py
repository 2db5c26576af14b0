"""The last part of every call.sh: ask until there is an answer or time is up, and print it."""

from __future__ import annotations

_REFUSED_CERTIFICATE = (
    "    60:*)",
    '        shown 2 <"$problem" >&2',
    "        at=${url#*//} at=${at%%/*}",
    '        echo "The certificate was not accepted: it is not for ${at%:*}, or its signer is not known here.',
    "Clients call it by a name in the certificate, and may need the signer's certificate:",
    '  curl --cacert FILE --resolve NAME:${at##*:}:ADDRESS https://NAME:${at##*:}/" >&2',
    "        exit 1 ;;",
)
"""For a certificate of the user's own, which curl may reject (exit code 60)."""
_ASK_UNTIL_ANSWERED = (
    r"""
answer=$(mktemp)
problem=$(mktemp)
trap 'rm -f "$answer" "$problem"' EXIT
said=
while :; do
    code=0
    status=$(ask 2>"$problem") || code=$?
    case $code:$status in
    0:502 | 0:503 | 0:504) ;;
    0:*) break ;;
    1:* | 7:* | 28:* | 35:* | 52:* | 56:*) ;;
    23:*) echo "The answer is too long to keep, or the disk is full." >&2; exit 1 ;;""",
    r"""    *) shown 2 <"$problem" >&2; exit 1 ;;
    esac
    [ "$code" = 0 ] || ! missing || exit 1
    if [ -z "$said" ]; then
        said=yes
        echo "Waiting up to $left seconds for an answer from $where. If it was not started: $start" >&2
    fi
    [ "$left" -gt 0 ] || { cat "$problem" "$answer" | shown 2 >&2; exit 1; }
    left=$((left - 1))
    sleep 1
done
shown 1 <"$answer"
[ ! -t 1 ] || [ -z "$(tail -c 1 "$answer")" ] || echo
case $status in
2*) ;;
*) echo "HTTP $status" >&2; exit 1 ;;
esac""",
)
"""The last part of every call.sh. With 1, 7, 28, 35, 52 and 56, curl says that nothing answers yet; with 23, that
it cannot write."""


def posix(own_certificate: bool) -> str:
    """Lines that use `ask`, `missing`, `shown`, `$url`, `$where`, `$left` and `$start`.

    `own_certificate`: the certificate is the user's own, which curl may reject.
    """
    before, after = _ASK_UNTIL_ANSWERED
    return "\n".join((before, *(_REFUSED_CERTIFICATE if own_certificate else ()), after))
