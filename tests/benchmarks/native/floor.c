/* The floor: what the kernel takes for sending, and nothing else.

   floor TEMPLATES      listens on a free port; each template is a whole event as it goes on the wire.
   Takes the commands of events.h on stdin and sends each event to each client with one send(). */
#include "events.h"

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n:connected\n\n";
static int *clients;
static size_t count;

static void welcome(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, 0)) >= 0) {
        char request[4096];
        at_once(fd);
        if (read(fd, request, sizeof request) <= 0 || send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL) < 0) {
            close(fd);
            continue;
        }
        fcntl(fd, F_SETFL, O_NONBLOCK);
        clients = realloc(clients, (count + 1) * sizeof *clients);
        clients[count++] = fd;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    size_t kinds, lost = 0;
    uint64_t sequence = 0;
    Template *all = templates(argv[1], &kinds);
    Schedule schedule = {0};
    many_files();
    int listener = listening(), epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(epoll, listener, EPOLLIN, &listener);
    watch(epoll, timer, EPOLLIN, &timer);
    watch(epoll, 0, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event some[4];
        int found = epoll_wait(epoll, some, 4, -1);
        for (int i = 0; i < found; i++) {
            if (!some[i].data.ptr) obey(&schedule);
            else if (some[i].data.ptr == &listener) welcome(listener);
        }
        for (uint64_t left = due(&schedule); left; left--, sequence++) {
            Template *t = all + sequence % kinds;
            stamp(t, now_ns(), sequence);
            for (size_t i = 0; i < count; i++)
                if (send(clients[i], t->bytes, t->size, MSG_NOSIGNAL) != (ssize_t)t->size) lost++;
        }
        set_alarm(timer, &schedule);
    }
}
