// @{ID}: a lamp for Réverbère (docs/native.md). Arduino core 3 for ESP32, library espMqttClient.
// Checked by a compiler against the library's interface; not run on a board.
#include <WiFi.h>
#include <espMqttClient.h>
#include <mutex>
#include <string>

const char *WIFI = "the network";
const char *WIFI_PASSWORD = "its password";
const int PIN = 18;                   // to the driver's PWM input

const char *HOST = "@{HOST}";
const uint16_t BROKER_PORT = @{PORT};
const char *ACCOUNT = "@{ACCOUNT}";
const char *PASSWORD = "@{PASSWORD}";
const char *SET = "@{TOPIC}/set";
const char *STATE = "@{TOPIC}/state";
const char *AVAILABILITY = "@{TOPIC}/availability";
@{CERTIFICATE}

const double FAILURE = @{FAILURE};              // per cent, when nobody tells us anything
const uint32_t SILENCE = @{SILENCE} * 1000u;    // ms without an order, unless the order says otherwise

@{CLIENT} mqtt;
std::mutex guard;                     // the library calls from a task of its own
std::string given;                    // the last order, not looked at yet
volatile bool connected = false, fresh = false;
std::string order;                    // the id of the order that we follow
double level = FAILURE, start = FAILURE, target = FAILURE;
uint32_t begun = 0, lasts = 0, heard = 0, valid = SILENCE, told = 0, tried = 0;

double number(const std::string &text, const char *key, double otherwise) {
    std::string name = std::string("\"") + key + "\":";
    size_t at = text.find(name);
    return at == std::string::npos ? otherwise : atof(text.c_str() + at + name.size());
}

std::string word(const std::string &text, const char *key) {
    std::string name = std::string("\"") + key + "\":\"";
    size_t at = text.find(name);
    if (at == std::string::npos) return "";
    at += name.size();
    return text.substr(at, text.find('"', at) - at);
}

void go(double to, double seconds) {
    start = level;
    target = to < 0 ? 0 : to > 100 ? 100 : to;
    begun = millis();
    lasts = (uint32_t)(seconds * 1000);
}

void obey() {
    std::string text;
    {
        std::lock_guard<std::mutex> hold(guard);
        text.swap(given);
    }
    if (text.empty() || number(text, "v", 0) != 1) return;
    double wanted = number(text, "level", -1);
    if (wanted < 0) return;
    order = word(text, "id");
    heard = millis();
    valid = (uint32_t)(number(text, "valid_for", SILENCE / 1000.0) * 1000);
    go(wanted, number(text, "ramp", 0));
    told = 0;
}

void shine() {
    uint32_t since = millis() - begun;
    level = since >= lasts ? target : start + (target - start) * since / lasts;
    ledcWrite(PIN, (uint32_t)(level * 1023 / 100));
}

void tell() {
    char text[160];
    snprintf(text, sizeof text, "{\"v\":1,\"id\":\"%s\",\"level\":%.1f,\"target\":%.1f,\"faults\":[]}",
             order.c_str(), level, target);
    mqtt.publish(STATE, 1, false, text);
    told = millis() | 1;
}

void hear(const espMqttClientTypes::MessageProperties &about, const char *, const uint8_t *payload, size_t length,
          size_t index, size_t total) {
    if (about.retain || index || length != total) return;
    std::lock_guard<std::mutex> hold(guard);
    given.assign((const char *)payload, length);
}

void setup() {
    ledcAttach(PIN, 1000, 10);        // 1 kHz, 10 bits
    shine();                          // a lamp that starts is light until somebody says otherwise
    WiFi.setAutoReconnect(true);
    WiFi.begin(WIFI, WIFI_PASSWORD);
    mqtt.setServer(HOST, BROKER_PORT);
    @{TRUST}
    mqtt.setClientId(ACCOUNT);
    mqtt.setCredentials(ACCOUNT, PASSWORD);
    mqtt.setWill(AVAILABILITY, 1, true, "offline");
    mqtt.onMessage(hear);
    mqtt.onConnect([](bool) { connected = fresh = true; });
    mqtt.onDisconnect([](espMqttClientTypes::DisconnectReason) { connected = false; });
    heard = millis();
}

void loop() {
    obey();
    if (millis() - heard > valid) {   // nobody speaks to us any more
        if (target != FAILURE) { order = ""; go(FAILURE, 2); }
        heard = millis();
        valid = SILENCE;
    }
    shine();
    if (connected && fresh) {
        fresh = false;
        mqtt.subscribe(SET, 1);
        mqtt.publish(AVAILABILITY, 1, true, "online");
    }
    bool arrived = level == target;
    static bool moving = false;
    if (connected && (!told || (moving && arrived) || millis() - told > 30000)) tell();
    moving = !arrived;
    if (!connected && WiFi.isConnected() && millis() - tried > 5000) { tried = millis(); mqtt.connect(); }
    delay(20);
}
