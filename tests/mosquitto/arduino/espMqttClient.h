// What sketches use of espMqttClient 1.7, for a compiler without it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
namespace espMqttClientTypes {
struct MessageProperties { uint8_t qos; bool dup; bool retain; uint16_t packetId; };
enum class DisconnectReason : uint8_t { USER_OK };
}
struct espMqttClient {
    espMqttClient &setServer(const char *host, uint16_t port);
    espMqttClient &setClientId(const char *id);
    espMqttClient &setCredentials(const char *user, const char *password);
    espMqttClient &setWill(const char *topic, uint8_t qos, bool retain, const char *payload);
    espMqttClient &onConnect(std::function<void(bool)> call);
    espMqttClient &onDisconnect(std::function<void(espMqttClientTypes::DisconnectReason)> call);
    espMqttClient &onPublish(std::function<void(uint16_t)> call);
    espMqttClient &onMessage(std::function<void(const espMqttClientTypes::MessageProperties &, const char *,
                                                const uint8_t *, size_t, size_t, size_t)> call);
    uint16_t publish(const char *topic, uint8_t qos, bool retain, const char *payload);
    uint16_t subscribe(const char *topic, uint8_t qos);
    bool connect();
};
struct espMqttClientSecure : espMqttClient {
    espMqttClientSecure &setCACert(const char *pem);
};
