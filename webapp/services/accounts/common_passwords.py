"""Common passwords of ten or more characters. They are always refused."""

from __future__ import annotations

COMMON_PASSWORDS = frozenset(
    """
    0000000000 0123456789 0987654321 1029384756 1111111111 1122334455 1212121212 123123123123 1231231234 1234512345
    1234554321 12345678900 123456789a 123456789q 1234567890 1234567890a 1234567891 12345678910 123456789123
    123456123456 1234567899 123654789a 123qwe123qwe 123qweasdzxc 1357924680 147258369a 1a2b3c4d5e 1q2w3e4r5t
    1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qazxsw23edc 22222222222 2wsx3edc4rfv 3141592654 3.14159265 5555555555
    6666666666 7777777777 8888888888 9876543210 9999999999 aaaaaaaaaa abc1234567 abcd123456 abcd1234abcd abcdefghij
    abcdefghijk abcdefghijkl administrator adminadmin admin12345 admin123456 adminpassword alexander1 asdasdasdasd
    asdf1234asdf asdfasdfasdf asdfghjkl1 asdfghjkl; asdfghjkl123 baseball123 basketball basketball1 butterfly1
    changeme123 changemenow charlie123 chocolate1 computer123 correcthorse
    correcthorsebatterystaple dragon1234 facebook123 football12 football123 footballer fuckyou123 godofwar123
    hello12345 hello123456 helloworld helloworld1 iloveyou12 iloveyou123 iloveyou1234 iloveyou22 ilovemyself
    internet123 jennifer123 letmein123 letmein1234 letmeinnow liverpool1 manchester manchester1 manunited1 master1234
    michael123 michelle123 minecraft1 minecraft123 minutebook minutebook1 minutebook123 monkey1234 mypassword
    mypassword1 mynoobpass opensesame p@ssw0rd123 p@ssword123 pa55word123 pass123456 pass1234567 passw0rd123
    password00 password01 password1! password10 password11 password12 password123 password123! password1234
    password12345 password21 password2020 password2021 password2022 password2023 password2024 password2025
    password2026 passwordpassword passwort123 pokemon123 princess12 princess123 q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4t5y6u7
    qazwsx1234 qazwsxedc1 qazwsxedc123 qazwsxedcrfv qwaszx1234 qwe123qwe123 qweasdzxc1 qweasdzxc123 qweqweqweqwe
    qwer1234qwer qwerasdfzxcv qwerty1234 qwerty12345 qwerty123456 qwerty123456789 qwerty1234567890 qwertyqwerty
    qwertyuiop qwertyuiop1 qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiop[]\\ qwertzuiop qwertzuiopü rockyou123
    samsung123 secret1234 secretpassword shadow1234 starwars123 starwars12 summer2023 summer2024 summer2025 summer2026
    sunshine12 sunshine123 superman12 superman123 testpassword test123456 test1234567 testtest123 testtesttest
    thisismypassword trustno1trustno1 unbelievable unknown123 welcome123 welcome1234 welcome12345 welcome2024
    welcome2025 welcome2026 westside123 whatever123 whatever12 yourpassword zaq12wsxcde zaq1zaq1zaq1 zxcvbnm123
    zxcvbnm,./ zxcvbnmasd zxcvbnmzxcvbnm
    """.split()
)
