print("rd")
