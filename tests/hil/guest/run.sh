gpiodetect

cost $HIL_CHIP 15 $HIL_I2C 0x48 2000
cat $HIL_SENSOR/temperature; free -m; time deno eval 'console.log(1)'
time /hearth/hearth --version
