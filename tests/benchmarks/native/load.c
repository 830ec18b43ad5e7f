/* The load generator: clients of Server-Sent Events in one epoll loop.

   load PORT PATHS      PATHS is a file with one path on each line; client i asks for line i modulo their number.
   Commands on stdin, each answered by one line of JSON:
     open N       opens N more clients and waits until each has its first bytes
     mark         what has come since the last mark, which this one replaces
     wait N MS    the same, once N events for each client have come, or after MS milliseconds

   An event is a whole line that begins with "data:". Chunked bodies are decoded first, so that it makes no difference where
   a server cuts them. The 19 digits after "sent=" in an event give its latency. */
#include "common.h"

#define OPENING 128
#define FINE 64 /* parts of each power of two in the histogram of latencies */
#define BUCKETS (64 * FINE)

typedef struct {
    int fd, status, chunked, opened, closed;
    enum { HEAD, SIZE, BODY, BODY_END } part;
    size_t left;         /* bytes of this chunk */
    int line, is_data;   /* characters of this line seen, up to 5; whether it is a data line */
    int matched;         /* characters of "sent=" and of the digits behind it */
    uint64_t sent, events;
    char head[2048];
    size_t have;
} Client;

static Client **clients;
static char **paths;
static size_t count, wanted, opening, ready, path_count;
static int port, epoll;
static uint64_t events, bytes, errors, closed, samples, slowest, histogram[BUCKETS];
static uint64_t wait_events, wait_until;

static int bucket(uint64_t ns) {
    if (ns < FINE) return (int)ns;
    int power = 63 - __builtin_clzll(ns);
    return (power - 5) * FINE + (int)((ns >> (power - 6)) & (FINE - 1));
}

static double bucket_us(int index) {
    if (index < FINE) return index / 1e3;
    int power = index / FINE + 5;
    return ((1ull << power) + ((uint64_t)(index % FINE) << (power - 6))) / 1e3;
}

static double percentile_us(double part) {
    uint64_t seen = 0, target = (uint64_t)((double)samples * part);
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += histogram[i]) > target) return bucket_us(i);
    return 0;
}

static void report(void) {
    uint64_t least = count ? UINT64_MAX : 0, most = 0, status = 0;
    for (size_t i = 0; i < count; i++) {
        Client *c = clients[i];
        if (c->events < least) least = c->events;
        if (c->events > most) most = c->events;
        status += c->status == 200;
        c->events = 0;
    }
    printf("{\"clients\": %zu, \"ok\": %lu, \"closed\": %lu, \"errors\": %lu, \"events\": %lu, \"least\": %lu, \"most\": %lu, "
           "\"bytes\": %lu, \"samples\": %lu, \"p50_us\": %.2f, \"p99_us\": %.2f, \"max_us\": %.2f}\n",
           count, status, closed, errors, events, least, most, bytes, samples, percentile_us(0.5), percentile_us(0.99), slowest / 1e3);
    fflush(stdout);
    events = bytes = samples = slowest = 0;
    memset(histogram, 0, sizeof histogram);
}

static void take_digit(Client *c, char byte) {
    static const char word[] = "sent=";
    if (c->matched < 5) {
        c->matched = byte == word[c->matched] ? c->matched + 1 : byte == word[0];
        c->sent = 0;
        return;
    }
    c->sent = c->sent * 10 + (uint64_t)(byte - '0'), c->matched++;
}

/* A line of data has ended. */
static void take_event(Client *c, uint64_t now) {
    c->events++, events++;
    if (c->matched < 5 + SENT_DIGITS) return;
    uint64_t taken = now > c->sent ? now - c->sent : 0;
    histogram[bucket(taken)]++, samples++;
    if (taken > slowest) slowest = taken;
}

static void take_body(Client *c, const char *at, const char *end, uint64_t now) {
    static const char data[] = "data:";
    for (; at < end; at++) {
        if (*at == '\n') {
            if (c->is_data) take_event(c, now);
            c->line = c->is_data = c->matched = 0;
        } else if (c->is_data && c->matched < 5 + SENT_DIGITS) {
            take_digit(c, *at);
        } else if (c->line < 5) {
            if (*at != data[c->line]) c->line = 6;
            else if (++c->line == 5) c->is_data = 1;
        } else {
            const char *line_end = memchr(at, '\n', (size_t)(end - at));
            if (!line_end) return;
            at = line_end - 1;
        }
    }
}

static const char *take_head(Client *c, const char *at, const char *end) {
    for (; at < end; at++) {
        if (c->have < sizeof c->head - 1) c->head[c->have++] = *at, c->head[c->have] = 0;
        if (c->have < 4 || memcmp(c->head + c->have - 4, "\r\n\r\n", 4)) continue;
        sscanf(c->head, "HTTP/1.%*d %d", &c->status);
        if (c->status != 200) errors++;
        c->chunked = strcasestr(c->head, "transfer-encoding: chunked") != NULL;
        c->part = c->chunked ? SIZE : BODY, c->left = c->chunked ? 0 : SIZE_MAX;
        c->opened = 1, opening--, ready++;
        return at + 1;
    }
    return end;
}

static void take(Client *c, const char *at, const char *end, uint64_t now) {
    if (c->part == HEAD) at = take_head(c, at, end);
    while (at < end) {
        if (c->part == BODY) {
            size_t here = (size_t)(end - at) < c->left ? (size_t)(end - at) : c->left;
            take_body(c, at, at + here, now);
            at += here;
            if (c->chunked && !(c->left -= here)) c->part = BODY_END;
        } else if (c->part == BODY_END) {
            if (*at++ == '\n') c->part = SIZE, c->left = 0;
        } else if (*at == '\n') {
            at++, c->part = c->left ? BODY : BODY_END;
        } else {
            int low = *at | 32;
            if (low >= '0' && low <= '9') c->left = c->left * 16 + (size_t)(low - '0');
            else if (low >= 'a' && low <= 'f') c->left = c->left * 16 + (size_t)(low - 'a' + 10);
            at++;
        }
    }
}

static void connect_one(void) {
    Client *c = calloc(1, sizeof *c);
    struct sockaddr_in address = loopback(port);
    char request[1024];
    if ((c->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) die("socket");
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    at_once(c->fd);
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n",
                          paths[count % path_count]);
    if (write(c->fd, request, (size_t)length) != length) die("write");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    watch(epoll, c->fd, EPOLLIN, c);
    clients = realloc(clients, (count + 1) * sizeof *clients);
    clients[count++] = c;
    opening++;
}

static void hear(Client *c) {
    static char buffer[1 << 18];
    ssize_t got = read(c->fd, buffer, sizeof buffer);
    if (got > 0) {
        bytes += (uint64_t)got;
        take(c, buffer, buffer + got, now_ns());
    } else if (got == 0 || errno != EAGAIN) {
        if (!c->opened) opening--, ready++, errors++;
        close(c->fd);
        c->closed = 1, closed++;
    }
}

static void command(void) {
    char line[128];
    unsigned long first, second;
    if (!fgets(line, sizeof line, stdin)) exit(0);
    if (sscanf(line, "open %lu", &first) == 1) wanted = count + first;
    else if (sscanf(line, "wait %lu %lu", &first, &second) == 2) wait_events = first, wait_until = now_ns() + second * 1000000;
    else report();
}

static void read_paths(const char *file) {
    char line[1024];
    FILE *from = fopen(file, "r");
    if (!from) die(file);
    while (fgets(line, sizeof line, from)) {
        line[strcspn(line, "\n")] = 0;
        paths = realloc(paths, (path_count + 1) * sizeof *paths);
        paths[path_count++] = strdup(line);
    }
    fclose(from);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    many_files();
    setvbuf(stdin, NULL, _IONBF, 0);
    port = atoi(argv[1]);
    read_paths(argv[2]);
    epoll = epoll_create1(0);
    watch(epoll, 0, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event some[512];
        int found = epoll_wait(epoll, some, 512, wait_until ? 1 : -1);
        for (int i = 0; i < found; i++) some[i].data.ptr ? hear(some[i].data.ptr) : command();
        while (count < wanted && opening < OPENING) connect_one();
        if (wanted && ready == wanted) wanted = 0, report();
        if (wait_until && (events >= wait_events * count || closed == count || now_ns() > wait_until)) wait_until = 0, report();
    }
}
