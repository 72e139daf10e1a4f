// What sketches use of the Arduino core for ESP32, for a compiler without it.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#define IRAM_ATTR
enum { INPUT_PULLUP = 5, LOW = 0, HIGH = 1, FALLING = 2 };
typedef void *QueueHandle_t;
QueueHandle_t xQueueCreate(size_t length, size_t size);
int xQueueSend(QueueHandle_t queue, const void *item, unsigned wait);
int xQueueReceive(QueueHandle_t queue, void *item, unsigned wait);
unsigned long millis();
void delay(unsigned ms);
void pinMode(int pin, int mode);
int digitalRead(int pin);
int digitalPinToInterrupt(int pin);
void attachInterrupt(int interrupt, void (*call)(), int mode);
bool ledcAttach(uint8_t pin, uint32_t frequency, uint8_t bits);
bool ledcWrite(uint8_t pin, uint32_t duty);
void configTime(long offset, int summer, const char *server);
uint32_t esp_random();
struct WiFiClass {
    void setAutoReconnect(bool on);
    void begin(const char *name, const char *password);
    bool isConnected();
};
extern WiFiClass WiFi;
