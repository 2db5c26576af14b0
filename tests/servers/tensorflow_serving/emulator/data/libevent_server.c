/* A small server with the same libevent calls as tensorflow_serving/util/net_http (2.20.0), to record how libevent
   itself answers. Build: cc libevent_server.c -o libevent_server -levent; run: ./libevent_server PORT. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void answer(struct evhttp_request *request, void *unused) {
  struct evhttp_uri *uri = evhttp_uri_parse(evhttp_request_get_uri(request));
  const char *path;
  struct evbuffer *body;
  int method = evhttp_request_get_command(request);
  (void)unused;
  if (!uri) {
    evhttp_send_error(request, 400, NULL);
    return;
  }
  path = evhttp_uri_get_path(uri);
  if (!path || strncasecmp(path, "/v1/", 4)) {
    evhttp_send_error(request, 404, NULL);
    return;
  }
  body = evbuffer_new();
  if (method == EVHTTP_REQ_OPTIONS) {
    const char *origin = evhttp_find_header(evhttp_request_get_input_headers(request), "Origin");
    int web = origin && (strstr(origin, "http://") || strstr(origin, "https://"));
    evhttp_send_reply(request, web ? 200 : 400, NULL, body);
    return;
  }
  evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
  evbuffer_add_printf(body, "{\"body\": %zu}\n", evbuffer_get_length(evhttp_request_get_input_buffer(request)));
  evhttp_send_reply(request, 200, NULL, body);
}

int main(int count, char **arguments) {
  struct event_base *base = event_base_new();
  struct evhttp *http = evhttp_new(base);
  signal(SIGPIPE, SIG_IGN);
  evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
                                       EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
  evhttp_set_gencb(http, answer, NULL);
  if (count != 2 || !evhttp_bind_socket_with_handle(http, "::", (ev_uint16_t)atoi(arguments[1]))) return 1;
  return event_base_dispatch(base);
}
