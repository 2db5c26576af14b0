# Runs inside the new root: the account and the layout of the official image.
set -eu
# Debian's package would run as www-data; the official image has nginx with the number 101.
taken=$(getent group 101 | cut -d: -f1)
[ -z "$taken" ] || [ "$taken" = nginx ] || groupmod --gid 901 "$taken"
taken=$(getent passwd 101 | cut -d: -f1)
[ -z "$taken" ] || [ "$taken" = nginx ] || usermod --uid 901 "$taken"
groupadd --system --gid 101 nginx
useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx
rm -rf /etc/nginx/sites-enabled /etc/nginx/sites-available /etc/nginx/conf.d
mkdir -p /etc/nginx/conf.d /usr/share/nginx/html /var/cache/nginx /var/log/nginx
[ -f /usr/share/nginx/html/index.html ] || echo '<h1>nginx</h1>' >/usr/share/nginx/html/index.html
ln -sf /dev/stdout /var/log/nginx/access.log
ln -sf /dev/stderr /var/log/nginx/error.log
mv /nginx.conf /etc/nginx/nginx.conf
mv /default.conf /etc/nginx/conf.d/default.conf
chown -R nginx: /var/cache/nginx
ln -s /bin/busybox /usr/bin/wget
nginx -t
rm /inside.sh
