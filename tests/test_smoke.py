def test_smoke(client):
    r = client.post("/api/v1/chat", json={"content": "Hello there, dentist on Elm"})
    assert r.status_code == 201, r.json
    r = client.post("/api/v1/chat", json={"content": "Where is the dentist?"})
    assert r.json["citations"]
    assert client.get("/sessions").status_code == 200
    assert client.get("/sessions/" + r.json["session_id"]).status_code == 200
