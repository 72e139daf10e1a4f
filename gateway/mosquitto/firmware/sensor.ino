// @{ID}: a sensor for Réverbère (docs/native.md). Arduino core for ESP32, library espMqttClient.
// Checked by a compiler against the library's interface; not run on a board.
#include <WiFi.h>
#include <espMqttClient.h>
#include <atomic>
#include <deque>
#include <string>

const char *WIFI = "the network";
const char *WIFI_PASSWORD = "its password";
const int PIN = 27;                   // low while somebody is there; a cut wire reads "nobody"
#define COUNTS @{COUNTS}              // 1: a beam that counts people; 0: presence

const char *HOST = "@{HOST}";
const uint16_t BROKER_PORT = @{PORT};
const char *ACCOUNT = "@{ACCOUNT}";
const char *PASSWORD = "@{PASSWORD}";
const char *TOPIC = "@{TOPIC}";
const char *AVAILABILITY = "@{TOPIC}/availability";
@{CERTIFICATE}

const uint32_t PERIOD = 60000;        // ms between two reports
const uint32_t KEEP = 30000;          // ms that an acknowledged message is kept: a broker acknowledges before it saves
const size_t ROOM = 240;              // messages; then the oldest goes

struct Parcel {
    std::string payload;
    uint16_t packet = 0;              // 0: not sent on this connection
    uint32_t acknowledged = 0;        // ms; 0: not yet
};

struct Event {                        // the library calls from a task of its own: here loop() hears of it in order
    enum Kind { CONNECTED, DISCONNECTED, ACKNOWLEDGED } kind;
    uint16_t packet;
};

@{CLIENT} mqtt;
QueueHandle_t events;
std::deque<Parcel> outbox;
std::atomic<uint32_t> passages{0};
char boot[9];
uint32_t seq = 0, begun = 0, tried = 0;
bool connected = false, there = false;

void IRAM_ATTR pass() {               // a passage lasts 300 ms at least: contacts bounce
    static uint32_t last = 0;
    uint32_t now = millis();
    if (now - last > 300) passages.fetch_add(1);
    last = now;
}

void tell(Event event) { xQueueSend(events, &event, 0); }

void report() {
    uint32_t now = millis();
    char text[200];
#if COUNTS
    double period = (now - begun) / 1000.0;
    unsigned people = passages.exchange(0);
    int size = snprintf(text, sizeof text,
                        "{\"v\":1,\"pedestrians\":%u,\"period\":%.3f,\"boot\":\"%s\",\"seq\":%u",
                        people, period, boot, (unsigned)seq++);
#else
    int size = snprintf(text, sizeof text, "{\"v\":1,\"presence\":%s,\"boot\":\"%s\",\"seq\":%u",
                        there ? "true" : "false", boot, (unsigned)seq++);
#endif
    begun = now;
    time_t clock = time(nullptr);
    if (clock > 1700000000)           // without a clock the gateway takes its own
        size += snprintf(text + size, sizeof text - size, ",\"time\":%lld", (long long)clock);
    snprintf(text + size, sizeof text - size, "}");
    if (outbox.size() >= ROOM) outbox.pop_front();
    outbox.emplace_back();
    outbox.back().payload = text;
}

void hear() {
    Event event;
    while (xQueueReceive(events, &event, 0)) {
        if (event.kind == Event::ACKNOWLEDGED) {
            for (Parcel &parcel : outbox)
                if (parcel.packet == event.packet && !parcel.acknowledged) parcel.acknowledged = millis() | 1;
            continue;
        }
        connected = event.kind == Event::CONNECTED;
        for (Parcel &parcel : outbox) parcel.packet = parcel.acknowledged = 0;  // all of it again, byte for byte
        if (connected) mqtt.publish(AVAILABILITY, 1, true, "online");
    }
}

void send() {
    for (Parcel &parcel : outbox)
        if (!parcel.packet && !(parcel.packet = mqtt.publish(TOPIC, 1, false, parcel.payload.c_str()))) return;
    while (!outbox.empty() && outbox.front().acknowledged && millis() - outbox.front().acknowledged > KEEP)
        outbox.pop_front();
}

void setup() {
    events = xQueueCreate(300, sizeof(Event));
    pinMode(PIN, INPUT_PULLUP);
#if COUNTS
    attachInterrupt(digitalPinToInterrupt(PIN), pass, FALLING);
#endif
    WiFi.setAutoReconnect(true);
    WiFi.begin(WIFI, WIFI_PASSWORD);
    configTime(0, 0, "pool.ntp.org");
    snprintf(boot, sizeof boot, "%08x", (unsigned)esp_random());   // after WiFi.begin: the radio makes it random
    mqtt.setServer(HOST, BROKER_PORT);
    @{TRUST}
    mqtt.setClientId(ACCOUNT);
    mqtt.setCredentials(ACCOUNT, PASSWORD);
    mqtt.setWill(AVAILABILITY, 1, true, "offline");
    mqtt.onConnect([](bool) { tell({Event::CONNECTED, 0}); });
    mqtt.onDisconnect([](espMqttClientTypes::DisconnectReason) { tell({Event::DISCONNECTED, 0}); });
    mqtt.onPublish([](uint16_t packet) { tell({Event::ACKNOWLEDGED, packet}); });
    begun = millis();
}

void loop() {
    hear();
#if !COUNTS
    bool now = digitalRead(PIN) == LOW;
    if (now != there) { there = now; report(); }
#endif
    if (millis() - begun >= PERIOD) report();                      // with nobody too: who is silent is not believed
    if (connected) send();
    else if (WiFi.isConnected() && millis() - tried > 5000) { tried = millis(); mqtt.connect(); }
    delay(10);
}
